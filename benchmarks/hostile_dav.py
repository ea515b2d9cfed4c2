"""A server that is everything but a good calendar server: each path misbehaves in its own way.

Run as a process of its own by `benchmarks.hostile_servers`, so that what it spends is not counted
as ours; prints its port and runs until its standard input ends. It speaks bytes, because many of
these answers are none that a library would write.
"""

import asyncio
import gzip
import re
import sys
import zlib
from collections.abc import AsyncIterator, Callable
from functools import cache
from random import Random
from types import MappingProxyType

Parts = AsyncIterator[bytes]
_STEP = 1.0  # seconds between the bytes of who dribbles
_JUST_IN_TIME = 28.0  # seconds: an answer is waited for half a minute
_MB = 1024 * 1024
_XML = 'HTTP/1.1 207 Multi-Status\r\nContent-Type: application/xml; charset="utf-8"\r\n'
_DAV = '<multistatus xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">'
_CHUNKED = f"{_XML}Transfer-Encoding: chunked\r\n\r\n".encode()
_LONG = f"{_XML}Content-Length: 999999999\r\n\r\n".encode()
_CHANCE = Random(13)  # noqa: S311 -- bytes that mean nothing
_ASKED = re.compile(rb"href>([^<]+)</")


class Asked:
    """One request: what it asks, and of which kind of server."""

    def __init__(self, method: str, path: str, body: bytes) -> None:
        self.method, self.path, self.body = method, path, body
        self.home = f"/{path.split('/')[1]}/"

    @property
    def lists(self) -> bool:
        """Whether it asks for everything there is."""
        return self.method == "PROPFIND"

    @property
    def names(self) -> list[str]:
        """The objects that it asks for."""
        return [found.decode() for found in _ASKED.findall(self.body)]


Kind = Callable[[Asked], Parts]


def whole(body: bytes, *headers: str) -> bytes:
    """A good head with its length, and a body."""
    lines = "".join(f"{line}\r\n" for line in headers)
    return f"{_XML}{lines}Content-Length: {len(body)}\r\n\r\n".encode() + body


def entry(href: str, inside: str = '<getetag>"1"</getetag>') -> str:
    """One response that is well."""
    return (
        f"<response><href>{href}</href><propstat><prop>{inside}</prop>"
        "<status>HTTP/1.1 200 OK</status></propstat></response>"
    )


def listing(asked: Asked, *names: str, token: str = "", more: str = "") -> bytes:
    """A listing as it should be."""
    told = f"<sync-token>{token}</sync-token>" if token else ""
    own = entry(asked.home, f"<resourcetype><collection/></resourcetype>{told}")
    rest = "".join(entry(asked.home + name) for name in names)
    return whole(f"{_DAV}{own}{rest}{more}</multistatus>".encode())


def event(*lines: str) -> str:
    """An object of an event with these lines."""
    inside = "\n".join(lines)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:u\n{inside}\nEND:VEVENT\nEND:VCALENDAR"


def given(asked: Asked, data: str) -> bytes:
    """Every object that was asked for, each with this text."""
    inside = f'<getetag>"1"</getetag><c:calendar-data>{data}</c:calendar-data>'
    found = "".join(entry(name, inside) for name in asked.names)
    return whole(f"{_DAV}{found}</multistatus>".encode())


def then(reply: Callable[[Asked], bytes], number: int = 1) -> Kind:
    """List well, and answer the rest by `reply`."""

    async def answer(asked: Asked) -> Parts:
        names = [f"{one}.ics" for one in range(number)]
        yield listing(asked, *names, token="t") if asked.lists else reply(asked)

    return answer


def always(reply: Callable[[], bytes]) -> Kind:
    """The same to everything, made when it is asked for."""

    async def answer(_asked: Asked) -> Parts:
        yield reply()

    return answer


def endless(head: bytes, part: bytes, pause: float = 0.0) -> Kind:
    """A head, and then the same for ever."""

    async def answer(_asked: Asked) -> Parts:
        yield head
        while True:
            yield part
            await asyncio.sleep(pause)

    return answer


def _laughs() -> str:
    names = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha" * 10}">' for n in range(12))
    return f"<!DOCTYPE m [{names}]>{_DAV}{entry('&a11;')}</multistatus>"


@cache
def _bomb() -> bytes:
    """A gzip stream of a hundred megabytes, made without holding them."""
    press, part = zlib.compressobj(1, zlib.DEFLATED, 31), b"<a/>" * (_MB // 4)
    return b"".join(press.compress(part) for _ in range(100)) + press.flush()


def _entities() -> dict[str, Kind]:
    """What XML can ask for beside itself."""
    return {
        "billion-laughs": always(lambda: whole(_laughs().encode())),
        "quadratic": always(
            lambda: whole(
                f'<!DOCTYPE m [<!ENTITY a "{"x" * 50_000}">]>{_DAV}{entry("&a;" * 50_000)}'.encode()
            )
        ),
        "external-dtd": always(
            lambda: whole(
                f'<!DOCTYPE m SYSTEM "http://127.0.0.1:1/x.dtd">{_DAV}</multistatus>'.encode()
            )
        ),
        "utf-16": always(lambda: whole(f"<!DOCTYPE m>{_DAV}</multistatus>".encode("utf-16"))),
        "external-file": always(lambda: _external("file:///etc/passwd")),
        "external-inner": always(lambda: _external("http://127.0.0.1:1/")),
    }


def _shapes() -> dict[str, Kind]:
    """Answers of a shape that takes more room than they are long."""
    return {
        "deep": always(lambda: whole(_DAV.encode() + b"<a>" * 1_000_000)),
        "deep-and-closed": always(lambda: whole(b"<a>" * 200 + b"</a>" * 200)),
        "wide": always(lambda: whole(_DAV.encode() + b"<a/>" * 4_900_000 + b"</multistatus>")),
        "wide-in-one": always(
            lambda: whole(
                _DAV.encode() + b"<response>" + b"<a/>" * 4_900_000 + b"</response></multistatus>"
            )
        ),
        "many-attributes": always(
            lambda: whole(
                (_DAV[:-1] + "".join(f' a{n}="x"' for n in range(1_000_000)) + "/>").encode()
            )
        ),
        "long-attribute": always(lambda: whole(f'{_DAV[:-1]} a="{"x" * 15_000_000}"/>'.encode())),
        "comments": always(
            lambda: whole(_DAV.encode() + b"<!---->" * 2_500_000 + b"</multistatus>")
        ),
        "instructions": always(
            lambda: whole(_DAV.encode() + b"<?a?>" * 3_500_000 + b"</multistatus>")
        ),
        "many-names": always(_many_names),
    }


def _lengths() -> dict[str, Kind]:
    """Answers that are longer than they may be, or say so."""
    return {
        "thirty-megabytes": always(lambda: whole(b" " * (30 * _MB))),
        "endless-fast": endless(_LONG, b" " * 65_536),
        "endless-chunks": endless(_CHUNKED, b"1\r\n \r\n"),
        "endless-spaces-after": endless(
            _CHUNKED, f"{len(_DAV):x}\r\n{_DAV}\r\n1000\r\n{' ' * 4096}\r\n".encode()
        ),
        "giant-chunk": endless(_CHUNKED + b"7fffffffffffffff\r\n", b" " * 65_536),
        "gzip-bomb": always(lambda: whole(_bomb(), "Content-Encoding: gzip")),
        "gzip-in-gzip": always(
            lambda: whole(gzip.compress(_bomb()), "Content-Encoding: gzip, gzip")
        ),
        "deflate-bomb": always(
            lambda: whole(zlib.compress(b" " * (100 * _MB), 1), "Content-Encoding: deflate")
        ),
        "no-gzip": always(
            lambda: whole(b"\x1f\x8b" + _CHANCE.randbytes(5000), "Content-Encoding: gzip")
        ),
    }


def _slowness() -> dict[str, Kind]:
    """Answers that never come."""
    return {
        "dribbles-body": endless(_LONG, b"<", _STEP),
        "dribbles-head": endless(b"HTTP/1.1 207 M\r\nX: ", b"x", _STEP),
        "dribbles-headers": endless(b"HTTP/1.1 207 M\r\n", b"X: y\r\n", _STEP),
        "silent": endless(b"", b"", 3600.0),
        "half": endless(_LONG + _DAV.encode(), b"", 3600.0),
        "endless-100": endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.001),
        "closes": always(lambda: b""),
        "just-in-time": _just_in_time,
        "objects-just-in-time": _objects_just_in_time,
    }


def _heads() -> dict[str, Kind]:
    """Heads that no answer has."""
    return {
        "long-header": always(lambda: b"HTTP/1.1 207 M\r\nX: " + b"x" * (10 * _MB) + b"\r\n\r\n"),
        "many-headers": always(lambda: b"HTTP/1.1 207 M\r\n" + b"X: y\r\n" * 500_000 + b"\r\n"),
        "negative-length": always(lambda: b"HTTP/1.1 207 M\r\nContent-Length: -5\r\n\r\n<a/>"),
        "no-http": always(lambda: _CHANCE.randbytes(200_000)),
        "upgrade": always(
            lambda: b"HTTP/1.1 101 S\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\nPRI *"
        ),
        "circle": always(
            lambda: b"HTTP/1.1 301 M\r\nLocation: /circle/\r\nContent-Length: 0\r\n\r\n"
        ),
        "sends-inside": always(
            lambda: (
                b"HTTP/1.1 302 F\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"
            )
        ),
        "asks-who-for-ever": always(
            lambda: (
                b'HTTP/1.1 401 U\r\nWWW-Authenticate: Digest realm="a", nonce="b", qop="auth"\r\n'
                b"Content-Length: 0\r\n\r\n"
            )
        ),
        "broken-challenge": always(
            lambda: b"HTTP/1.1 401 U\r\nWWW-Authenticate: " + b'Digest ,=,"' * 5000 + b"\r\n\r\n"
        ),
        "wait-for-ever": always(
            lambda: b"HTTP/1.1 429 T\r\nRetry-After: 999999999999\r\nContent-Length: 0\r\n\r\n"
        ),
    }


def _contents() -> dict[str, Kind]:
    """Well-formed answers that mean something else."""
    return {
        "no-letters": always(lambda: whole(_DAV.encode() + b"\0\xff\xfe" * 5000)),
        "elsewhere": always(
            lambda: whole(
                f"{_DAV}{entry('http://evil.example/a')}{entry('/../../x')}</multistatus>".encode()
            )
        ),
        "other-objects": then(
            lambda asked: whole(f"{_DAV}{entry(asked.home + 'other.ics')}</multistatus>".encode())
        ),
        "objects-of-megabytes": then(lambda asked: given(asked, "x" * 2_500_000), 200),
        "never-ending-rule": then(
            lambda asked: given(
                asked, event("DTSTART:20270101T000000Z", "RRULE:FREQ=SECONDLY;INTERVAL=1")
            ),
            50,
        ),
        "dribbles-objects": _dribbles_objects,
        "same-page": _same_page,
        "new-page": _new_page,
    }


async def _just_in_time(asked: Asked) -> Parts:
    await asyncio.sleep(_JUST_IN_TIME)
    yield (
        listing(asked, *(f"{one}.ics" for one in range(5000))) if asked.lists else given(asked, "")
    )


async def _objects_just_in_time(asked: Asked) -> Parts:
    await asyncio.sleep(0.0 if asked.lists else _JUST_IN_TIME)
    names = (f"{one}.ics" for one in range(5000))
    yield listing(asked, *names, token="t") if asked.lists else given(asked, "")


def _many_names() -> bytes:
    found = "".join(f"<response><href>/{n}</href></response>" for n in range(400_000))
    return whole(f"{_DAV}{found}</multistatus>".encode())


def _external(where: str) -> bytes:
    entity = f'<!DOCTYPE m [<!ENTITY x SYSTEM "{where}">]>'
    return whole(f"{entity}{_DAV}{entry('/&x;')}</multistatus>".encode())


async def _same_page(asked: Asked) -> Parts:
    """Cut answers whose next page is the same one."""
    cut = f"<response><href>{asked.home}</href><status>HTTP/1.1 507 I</status></response>"
    told = f"{_DAV}{cut}<sync-token>t</sync-token></multistatus>"
    yield listing(asked) if asked.lists else whole(told.encode())


async def _new_page(asked: Asked) -> Parts:
    """Cut answers, each with another token, for ever."""
    cut = f"<response><href>{asked.home}</href><status>HTTP/1.1 507 I</status></response>"
    token = f"t{id(asked)}{len(asked.body)}{asyncio.get_running_loop().time()}"
    told = f"{_DAV}{cut}<sync-token>{token}</sync-token></multistatus>"
    yield listing(asked) if asked.lists else whole(told.encode())


async def _dribbles_objects(asked: Asked) -> Parts:
    if asked.lists:
        yield listing(asked, "a.ics", token="t")
        return
    yield f"{_XML}Content-Length: 999999\r\n\r\n{_DAV}".encode()
    while True:
        yield b" "
        await asyncio.sleep(_STEP)


KINDS = MappingProxyType(
    _entities() | _shapes() | _lengths() | _slowness() | _heads() | _contents()
)


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            method, path, _ = head.split(" ", 2)
            found = re.search(r"(?i)content-length: *(\d+)", head)
            body = await reader.readexactly(int(found[1])) if found else b""
            async for part in KINDS[path.split("/")[1]](Asked(method, path, body)):
                writer.write(part)
                await writer.drain()
            if path.startswith("/closes"):
                break
    except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        pass
    finally:
        writer.close()


async def main() -> None:
    """Serve until nobody holds the other end of standard input."""
    server = await asyncio.start_server(_serve, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    async with server:
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
