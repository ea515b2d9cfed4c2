"""Which requests are answered before aiohttp: those in the one form of browsers, and no other."""

import pytest

from signaling.front import ordinary_upgrade

pytestmark = pytest.mark.unit

FIELDS = {
    "Host": "tweespraak.example",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64)",
    "Upgrade": "websocket",
    "Connection": "keep-alive, Upgrade",
    "Origin": "https://tweespraak.example",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits",
    "X-Forwarded-For": "203.0.113.9, 10.0.0.2",
}


def _request(line: str = "GET /ws HTTP/1.1", **fields: str | None) -> bytes:
    changed = {name.replace("_", "-"): said for name, said in fields.items()}
    whole = {**FIELDS, **changed}
    lines = [f"{name}: {said}" for name, said in whole.items() if said is not None]
    return "\r\n".join([line, *lines, "", ""]).encode("latin-1")


def test_request_of_a_browser_is_read_with_names_in_lower_case() -> None:
    upgrade = ordinary_upgrade(_request("GET /ws/practice HTTP/1.1"), "192.0.2.1")

    assert upgrade is not None
    assert (upgrade.path, upgrade.peer) == ("/ws/practice", "192.0.2.1")
    assert upgrade.headers["origin"] == "https://tweespraak.example"
    assert upgrade.headers["x-forwarded-for"] == "203.0.113.9, 10.0.0.2"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GET /ws HTTP/1.1\r\n\r\n",
        _request()[:-2],
        _request() + b"GET / HTTP/1.1\r\n\r\n",
        _request() + b"\x81\x80aaaa",
        b"\r\n" + _request(),
        _request("POST /ws HTTP/1.1"),
        _request("GET /ws HTTP/1.0"),
        _request("GET  /ws HTTP/1.1"),
        _request("GET /ws HTTP/1.1 "),
        _request("GET /ws"),
        _request(Host=None),
        _request(Upgrade="h2c"),
        _request(Connection="close"),
        _request(Connection="keep-alive"),
        _request(Sec_WebSocket_Version="12"),
        _request(Sec_WebSocket_Key=None),
        _request(Sec_WebSocket_Key="short=="),
        _request(Sec_WebSocket_Protocol="chat"),
        _request(Content_Length="5"),
        _request(Transfer_Encoding="chunked"),
        _request(Expect="100-continue"),
        _request(origin="https://other.example"),
        _request(User_Agent="a\r\n folded"),
        _request(User_Agent="a\nX: y"),
        _request(User_Agent="a\rX: y"),
        _request(User_Agent="a\x00"),
        _request(User_Agent="a\t"),
        _request(User_Agent="é"),
        _request(User_Agent="x" * 9_000),
        _request().replace(b"Host:", b"Host :"),
        _request().replace(b"Host:", b"Host"),
        _request(**{f"X{n}": "y" for n in range(70)}),
    ],
)
def test_any_other_request_is_left_to_aiohttp(data: bytes) -> None:
    assert ordinary_upgrade(data, "192.0.2.1") is None
