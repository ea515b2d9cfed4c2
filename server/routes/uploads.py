"""A form that carries a file (RFC 7578): the one place where a body may be larger than 64 KiB."""

from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import BodyPartReader, MultipartReader, web
from aiohttp.http_exceptions import BadHttpMessage

from coaching.errors import BadInput

UPLOAD_TYPE = "multipart/form-data"
UPLOAD_SECONDS = 60  # a large picture over a slow line
_MOST_PARTS = 8
_FIELD_BYTES = 1024
_CHUNK = 64 * 1024
# What aiohttp says of a body that is no such form: a bad header in a part, a bad `_charset_`.
_NO_SUCH_FORM = (ValueError, AssertionError, BadHttpMessage, RuntimeError)


@dataclass(frozen=True, slots=True)
class Sent:
    """The fields of such a form, and its file; None for a file over the limit."""

    fields: dict[str, str]
    file: bytes | None


async def read_sent(request: web.Request, *, file: str, most: int) -> Sent:
    """Read the parts; of the file named `file` no more than `most` bytes are ever held.

    The rest of a file that is too large is read and let go, up to eight times `most`, so that the
    browser gets to read the answer.

    Raises:
        BadInput: `form_bad`, not such a form, or with too much in it.
        web.HTTPRequestEntityTooLarge: so large that the connection is better closed.
    """
    fields: dict[str, str] = {}
    found: bytes | None = b""
    try:
        reader = await request.multipart()
        for _ in range(_MOST_PARTS):
            part = await reader.next()
            if part is None:
                return Sent(fields, found)
            if isinstance(part, MultipartReader):
                break
            if part.name == file:
                found = await _file(part, most)
            else:
                fields[part.name or ""] = await _field(part)
    except _NO_SUCH_FORM:
        pass
    raise BadInput("form_bad", field="")


async def _field(part: BodyPartReader) -> str:
    """A short text.

    Raises:
        ValueError: too long, or not UTF-8.
    """
    content = await _upto(part, _FIELD_BYTES)
    if content is None:
        raise ValueError("too long")
    return content.decode("utf-8")


async def _file(part: BodyPartReader, most: int) -> bytes | None:
    content = await _upto(part, most)
    if content is not None:
        return content
    let_go = most
    while chunk := await part.read_chunk(_CHUNK):
        let_go += len(chunk)
        if let_go > 8 * most:
            raise web.HTTPRequestEntityTooLarge(
                max_size=most, actual_size=let_go, reason=HTTPStatus.REQUEST_ENTITY_TOO_LARGE.phrase
            )
    return None


async def _upto(part: BodyPartReader, most: int) -> bytes | None:
    """All of a part, or None when it is longer than `most` bytes."""
    content = bytearray()
    while chunk := await part.read_chunk(_CHUNK):
        content += chunk
        if len(content) > most:
            return None
    return bytes(content)
