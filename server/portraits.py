"""A picture of a coach, made anew from what was sent: small, upright, nothing else in it."""

import io
from typing import Final

from PIL import Image, ImageOps

from coaching.errors import BadInput

LARGEST_BYTES: Final = 8 * 1024 * 1024
LARGEST_PIXELS: Final = 50_000_000  # a phone's whole picture; a bomb says more in its first bytes
SIDE: Final = 480
LARGEST_IN_MAIL: Final = 28_000  # bytes; as base64 with its line breaks below 40 kB
_SIDES_IN_MAIL = (192, 144, 96)  # shown at half of that
_FORMATS = ("JPEG", "PNG", "WEBP")
_QUALITY = 82
_FACE = (0.5, 0.4)  # what is cut away, is cut below: faces stand high in a picture


def portrait_of(content: bytes) -> bytes:
    """A square JPEG of 480 pixels, turned as it was held, without anything that stood beside it.

    Nothing of the old file is kept: no place, no time, no name of a camera, no colour profile.
    Decoding takes up to a second; call it beside the loop.

    Raises:
        BadInput: `photo_large` (over 8 MB, or over 50 million pixels), `photo_bad` (no picture
            in one of the three forms, or broken).
    """
    if len(content) > LARGEST_BYTES:
        raise BadInput("photo_large", field="photo")
    try:
        return _anew(content)
    except BadInput:
        raise
    except Image.DecompressionBombError:
        raise BadInput("photo_large", field="photo") from None
    except Exception:  # noqa: BLE001 -- each form breaks in its own way, and none of them is ours
        raise BadInput("photo_bad", field="photo") from None


def _anew(content: bytes) -> bytes:
    with Image.open(io.BytesIO(content), formats=_FORMATS) as found:
        wide, high = found.size
        if wide * high > LARGEST_PIXELS:
            raise BadInput("photo_large", field="photo")
        found.thumbnail((SIDE * 4, SIDE * 4))  # a JPEG is not even decoded larger than that
        upright = ImageOps.exif_transpose(found).convert("RGBA")
    return _written(upright, SIDE)


def mail_portrait(portrait: bytes) -> bytes:
    """A portrait of `portrait_of` for inside a mail: a JPEG of at most `LARGEST_IN_MAIL` bytes.

    Empty when it cannot be read or made so small: a mail goes without it then.
    """
    try:
        with Image.open(io.BytesIO(portrait), formats=_FORMATS) as found:
            upright = found.convert("RGBA")
    except Exception:  # noqa: BLE001 -- as above; an invitation must not hang on a picture
        return b""
    made = (_written(upright, side) for side in _SIDES_IN_MAIL)
    return next((one for one in made if len(one) <= LARGEST_IN_MAIL), b"")


def _written(upright: Image.Image, side: int) -> bytes:
    cut = ImageOps.fit(upright, (side, side), centering=_FACE)
    clean = Image.new("RGB", cut.size, "white")
    clean.paste(cut, mask=cut.getchannel("A"))
    out = io.BytesIO()
    clean.save(out, "JPEG", quality=_QUALITY, optimize=True)
    return out.getvalue()
