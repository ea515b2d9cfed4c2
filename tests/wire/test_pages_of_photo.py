"""A coach's photo: sent, seen by the candidate, taken away, and what is refused on the way."""

import io

import pytest
from aiohttp import FormData
from PIL import Image

from coaching.words import StaffRole
from server.app import build_app
from server.usecases.context import Parts, StaffActor
from tests.conftest import Clock
from tests.house_of_people import House
from tests.visitor import Visitor, link_of

pytestmark = pytest.mark.wire

CSRF = b"--x\r\nContent-Disposition: form-data; name=csrf\r\n\r\n"


@pytest.fixture
async def visitor(aiohttp_client: object, sqlite_parts: Parts) -> Visitor:
    return Visitor(await aiohttp_client(build_app(sqlite_parts)))  # type: ignore[operator]  # the fixture is untyped


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 60), "green").save(out, "PNG")
    return out.getvalue()


async def send(visitor: Visitor, coach: StaffActor, content: bytes) -> tuple[int, str]:
    """Send a file by the form of the page; its status and its text."""
    path = f"/coaches/{coach.id}/photo"
    page = await visitor.open(path)
    body = FormData()
    body.add_field("csrf", page.value("csrf"))
    body.add_field("photo", content, filename="../me.png", content_type="image/png")
    answer = await visitor.client.post(path, data=body)
    return answer.status, await answer.text()


async def address(visitor: Visitor, path: str) -> str:
    """Where the picture on a page comes from."""
    page = await visitor.open(path)
    found = page.document.xpath("//img[contains(@class,'avatar')]/@src")
    return str(found[0]) if found else ""


async def test_candidate_sees_the_photo_on_the_appointment_and_in_the_waiting_room(
    visitor: Visitor, sqlite_house: House, clock: Clock
) -> None:
    coach = await sqlite_house.coach(name="Anna de Vries")
    booked = await sqlite_house.book(await sqlite_house.acquainted(coach), "2027-03-01T09:10")
    link = f"/j/{await link_of(sqlite_house.parts, booked.meeting)}"
    assert await address(visitor, link) == ""
    await visitor.sign_in(coach)

    status, _ = await send(visitor, coach, picture())

    assert status == 200
    visitor.forget()
    found = await address(visitor, link)
    await visitor.open(link)
    await visitor.press("//button[@id='join']")
    assert await address(visitor, f"/talk/{booked.meeting}") == found
    page = await visitor.open(f"/talk/{booked.meeting}")
    assert page.has("//*[@id='stage-waiting']//img[@alt='Foto van Anna de Vries']")

    answer = await visitor.client.get(found)
    assert Image.open(io.BytesIO(await answer.read())).format == "JPEG"
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"].startswith("private")
    assert "Set-Cookie" not in answer.headers


async def test_photo_that_was_taken_away_or_replaced_is_nowhere_any_more(
    visitor: Visitor, sqlite_house: House
) -> None:
    coach = await sqlite_house.coach()
    await visitor.sign_in(coach)
    path = f"/coaches/{coach.id}/photo"
    await send(visitor, coach, picture())
    first = await address(visitor, path)
    await send(visitor, coach, picture())
    second = await address(visitor, path)
    assert first != second
    assert (await visitor.client.get(first)).status == 404
    assert (await visitor.client.get(second)).status == 200

    await visitor.press("//*[@id='remove-photo']")

    assert (await visitor.client.get(second)).status == 404
    assert (await visitor.client.get("/photos/é.jpg")).status == 404


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "photo_missing"),
        (b"not a picture", "photo_bad"),
        (b"\x00" * (10 * 1024 * 1024), "photo_large"),
    ],
    ids=["nothing", "no picture", "10 MB"],
)
async def test_file_that_cannot_be_used_leaves_the_old_photo(
    visitor: Visitor, sqlite_house: House, content: bytes, code: str
) -> None:
    coach = await sqlite_house.coach()
    await visitor.sign_in(coach)
    await send(visitor, coach, picture())
    before = await address(visitor, f"/coaches/{coach.id}/photo")

    status, text = await send(visitor, coach, content)

    assert status == 422
    assert f'data-code="{code}"' in text
    assert await address(visitor, f"/coaches/{coach.id}/photo") == before


async def test_admin_may_and_another_coach_may_not(visitor: Visitor, sqlite_house: House) -> None:
    coach = await sqlite_house.coach()
    await visitor.sign_in(await sqlite_house.coach())
    assert (await visitor.open(f"/coaches/{coach.id}/photo")).status == 404
    visitor.forget()
    await visitor.sign_in(await sqlite_house.staff(StaffRole.ADMIN))

    status, _ = await send(visitor, coach, picture())

    assert status == 200
    assert await address(visitor, f"/coaches/{coach.id}/photo")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 422, "form_bad"),
        (b"--x\r\n\r\n", 422, "form_bad"),
        (
            CSRF + b"wrong\r\n--x--\r\n",
            403,
            "page_old",
        ),
        (
            b"--x\r\nno header at all\r\n\r\n1\r\n--x--\r\n",
            422,
            "form_bad",
        ),
        (
            b"--x\r\nContent-Disposition: form-data; name=_charset_\r\n\r\n"
            + b"a" * 40
            + b"\r\n--x--\r\n",
            422,
            "form_bad",
        ),
        (
            CSRF + b"a" * 2000,
            422,
            "form_bad",
        ),
        (
            b"".join(
                b"--x\r\nContent-Disposition: form-data; name=f%d\r\n\r\n1\r\n" % n
                for n in range(30)
            )
            + b"--x--\r\n",
            422,
            "form_bad",
        ),
    ],
    ids=[
        "empty",
        "broken off",
        "wrong field",
        "bad header",
        "bad charset",
        "long field",
        "many parts",
    ],
)
async def test_body_that_is_no_such_form_is_refused(
    visitor: Visitor, sqlite_house: House, body: bytes, status: int, code: str
) -> None:
    coach = await sqlite_house.coach()
    await visitor.sign_in(coach)

    answer = await visitor.client.post(
        f"/coaches/{coach.id}/photo",
        data=body,
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    )

    assert (answer.status, code in await answer.text()) == (status, True)


async def test_stranger_sends_no_file(visitor: Visitor, sqlite_house: House) -> None:
    coach = await sqlite_house.coach()
    body = FormData()
    body.add_field("photo", b"\x00" * 100_000, filename="a.png", content_type="image/png")

    answer = await visitor.client.post(f"/coaches/{coach.id}/photo", data=body)

    assert (answer.status, "sign_in_first" in await answer.text()) == (403, True)
