"""Pages inside another app, recognised on the server as in the browser."""

import re
from pathlib import Path

import pytest

from server import in_app
from server.in_app import intent_address, is_in_app, is_ios

pytestmark = pytest.mark.unit

CLASSIFY = Path(__file__).parents[3] / "web/src/call/classify.ts"
_IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15"
_ANDROID = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    "agent",
    [
        f"{_IPHONE} Mobile/15E148",
        f"{_IPHONE} Mobile/15E148 [FBAN/FBIOS;FBAV/470.0]",
        f"{_IPHONE} Mobile/15E148 Instagram 340.0 Safari/604.1",
        f"{_IPHONE} Mobile/15E148 GSA/300.0 Safari/604.1",
        f"{_IPHONE} Mobile/15E148 [LinkedInApp]/9.30",
        f"{_ANDROID} Version/4.0 Chrome/126.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/470.0]",
        "Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) Chrome/126.0 Mobile Safari/537.36",
        f"{_ANDROID} Chrome/126.0 Mobile Safari/537.36 WhatsApp/2.24",
    ],
)
def test_page_inside_another_app_is_recognised(agent: str) -> None:
    assert is_in_app(agent)


@pytest.mark.parametrize(
    "agent",
    [
        "",
        f"{_IPHONE} Version/17.5 Mobile/15E148 Safari/604.1",
        f"{_IPHONE} CriOS/126.0 Mobile/15E148 Safari/604.1",
        f"{_ANDROID} Chrome/126.0 Mobile Safari/537.36",
        f"{_ANDROID} SamsungBrowser/25.0 Chrome/121.0 Mobile Safari/537.36",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0 Safari/537.36 Edg/126.0",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 14.5; rv:127.0) Gecko/20100101 Firefox/127.0",
    ],
)
def test_browser_of_its_own_is_left_alone(agent: str) -> None:
    assert not is_in_app(agent)


def test_server_and_page_know_the_same_signs() -> None:
    written = CLASSIFY.read_text("utf-8").split('"in_app",\n  ],')[0]
    signs = re.findall(r"^\s*/(.+)/,$", written, re.MULTILINE)[-1]

    assert signs.replace(r"\/", "/") == in_app._SIGNS.pattern


def test_android_is_given_an_address_that_opens_its_own_browser() -> None:
    address = intent_address("https://talk.example/j/abc")

    assert address.startswith("intent://talk.example/j/abc#Intent;scheme=https;")
    assert address.endswith(";end")
    assert is_ios(_IPHONE)
    assert not is_ios(_ANDROID)
