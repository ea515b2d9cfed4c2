"""The pages of a practice without a browser: who sees what, what is kept, what a form may do."""

import json
import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, func, select

from coaching.errors import Conflict
from coaching.facts import DeviceClass
from coaching.practising import ASKED
from coaching.words import MeetingKind, MeetingStatus, Mode, Skill
from server.app import build_app
from server.store.schema import activity, invitation, practice_session, readiness
from server.usecases.booking import record_outcome
from server.usecases.context import CandidateId, MeetingId, Parts, StaffActor
from server.usecases.practising_measured import keep_measured
from server.usecases.practising_together import point_at
from tests.conftest import Clock
from tests.house_of_people import House
from tests.visitor import Seen, Visitor, link_of

pytestmark = pytest.mark.wire


@pytest.fixture
async def visitor(aiohttp_client: object, sqlite_parts: Parts) -> Visitor:
    return Visitor(await aiohttp_client(build_app(sqlite_parts)))  # type: ignore[operator]  # the fixture is untyped


@pytest.fixture
async def coach_visitor(aiohttp_client: object, sqlite_parts: Parts) -> Visitor:
    """Another browser, of the coach."""
    return Visitor(await aiohttp_client(build_app(sqlite_parts)))  # type: ignore[operator]  # the fixture is untyped


async def invited(
    house: House, coach: StaffActor, mode: Mode = Mode.VIDEO, starts: str = "2027-03-04T14:00"
) -> tuple[CandidateId, str, str]:
    """(Candidate, meeting, token of the link) of a practice, or of an intake at a location."""
    candidate = await house.candidate(name="Mo", skill=Skill.LESS)
    trajectory = await house.acquainted(coach, candidate)
    kind = MeetingKind.PRACTICE if mode is Mode.VIDEO else MeetingKind.INTAKE
    room = await house.room() if mode is Mode.OFFLINE else None
    booked = await house.book(trajectory, starts, kind=kind, mode=mode, room=room)
    return candidate, str(booked.meeting), await link_of(house.parts, booked.meeting)


def facts_of(page: Seen) -> dict[str, Any]:
    return json.loads(page.document.xpath("//script[@id='call-facts']")[0].text)


async def ask(visitor: Visitor, facts: dict[str, Any], **fields: str) -> tuple[int, dict[str, Any]]:
    answer = await visitor.client.post(
        "/api/practice",
        json={"link": facts["link"], **fields},
        headers={"X-CSRF": facts["csrf"]},
    )
    return answer.status, await answer.json()


async def session_of(parts: Parts) -> UUID:
    """The one practice that was begun."""
    async with parts.database.read() as tx:
        return UUID(str(await tx.scalar(select(practice_session.c.id))))


async def count(parts: Parts, table: Any) -> int:  # noqa: ANN401 -- a table
    async with parts.database.read() as tx:
        return int(await tx.scalar(select(func.count()).select_from(table)) or 0)


async def test_a_practice_by_link_is_begun_kept_and_told(
    visitor: Visitor, sqlite_house: House, sqlite_parts: Parts
) -> None:
    _, _, token = await invited(sqlite_house, await sqlite_house.coach())
    first = await visitor.open(f"/j/{token}")
    assert "er kan niets misgaan" in first.text("//h1")
    page = await visitor.open(f"/j/{token}/practice")
    facts = facts_of(page)
    assert page.has("//a[contains(@href, 'tel:')]")
    assert page.has(f"//a[@href='/j/{token}/call']")

    status, begun = await ask(visitor, facts, do="begin", device="phone")
    assert (status, begun["step"], begun["answered"]) == (200, "camera", [])
    assert begun["pass"]
    session = await session_of(sqlite_parts)
    await keep_measured(sqlite_parts, session, {"score": "good", "causes": []}, sqlite_parts.now())
    for step in ASKED:
        status, told = await ask(
            visitor, facts, do="answer", step=step, given="yes", device=DeviceClass.PHONE
        )
        assert status == 200

    assert told["ended"]
    done = await visitor.open(f"/j/{token}/practice/done")
    assert "Gelukt. U kunt videobellen." in done.text("//h1")
    status, over = await ask(visitor, facts, do="answer", step="see", given="yes", device="phone")
    assert (status, over["code"]) == (409, "practice_over")


async def test_the_public_page_opens_without_a_link_and_stores_nothing(
    visitor: Visitor, sqlite_parts: Parts
) -> None:
    page = await visitor.open("/practice")
    facts = facts_of(page)

    assert (page.status, facts["keeps"], facts["link"]) == (200, False, "")
    assert facts["pass"]
    assert "camera=(self)" in page.headers["Permissions-Policy"]
    for fields in ({"do": "begin", "device": "phone"}, {"do": "look"}):
        status, refused = await ask(visitor, facts, **fields)
        assert (status, refused["code"]) == (403, "page_old")
    await keep_measured(sqlite_parts, uuid4(), {"score": "good"}, sqlite_parts.now())
    for table in (practice_session, readiness, activity):
        assert await count(sqlite_parts, table) == 0


async def test_e25_a_link_opened_by_somebody_else_shows_no_file_and_passes_nobody_else(
    visitor: Visitor, sqlite_house: House
) -> None:
    coach = await sqlite_house.coach()
    _, _, token = await invited(sqlite_house, coach)
    other = await sqlite_house.candidate(name="Ander Persoon", skill=Skill.LESS)
    page = await visitor.open(f"/j/{token}/practice")

    shown = page.document.text_content()
    assert "Ander Persoon" not in shown
    assert "Mo" not in page.text()  # not even whose practice it is
    assert not re.search(r"digivaardig|trajectory|T-\d{4}", shown)
    for wrong in ("x" * 43, token[:-1]):
        missing = await visitor.open(f"/j/{wrong}/practice")
        assert missing.status == 404
        status, refused = await ask(
            visitor, {**facts_of(page), "link": wrong}, do="begin", device="phone"
        )
        assert (status, refused["code"]) == (404, "link_unknown")
    async with sqlite_house.parts.database.read() as tx:
        whose = (await tx.scalars(select(readiness.c.candidate_id))).all()
    assert other not in whose


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "choice_bad"),
        ({"do": "dance"}, "choice_bad"),
        ({"do": "begin"}, "field_missing"),
        ({"do": "begin", "device": "fridge"}, "choice_bad"),
        ({"do": "answer", "device": "phone", "given": "yes"}, "field_missing"),
        ({"do": "answer", "device": "phone", "given": "yes", "step": "fly"}, "choice_bad"),
        ({"do": "answer", "device": "phone", "given": "maybe", "step": "see"}, "choice_bad"),
        ({"do": "answer", "device": "phone", "given": "yes", "step": "done"}, "practice_over"),
        ({"do": "look"}, "practice_unknown"),
    ],
)
async def test_what_the_page_would_never_send_is_refused_with_a_code(
    visitor: Visitor, sqlite_house: House, fields: dict[str, str], code: str
) -> None:
    _, _, token = await invited(sqlite_house, await sqlite_house.coach())
    facts = facts_of(await visitor.open(f"/j/{token}/practice"))

    status, refused = await ask(visitor, facts, **fields)

    assert (refused["code"], status >= 400) == (code, True)


async def test_a_talk_that_waits_for_practice_offers_it_first(
    visitor: Visitor, sqlite_house: House, clock: Clock
) -> None:
    coach = await sqlite_house.coach()
    candidate = await sqlite_house.candidate(skill=Skill.LESS)
    trajectory = await sqlite_house.acquainted(coach, candidate)
    room = await sqlite_house.room()
    near = await sqlite_house.book(trajectory, "2027-03-03T10:00", mode=Mode.OFFLINE, room=room)
    token = await link_of(sqlite_house.parts, near.meeting)
    assert not (await visitor.open(f"/j/{token}")).has("//*[@id='practise-first']")

    await sqlite_house.book(trajectory, "2027-03-09T14:00", provisional=True)
    assert (await visitor.open(f"/j/{token}")).has("//*[@id='practise-first']")

    await sqlite_house.practises(candidate)
    assert not (await visitor.open(f"/j/{token}")).has("//*[@id='practise-first']")


async def test_a_coach_follows_points_and_sees_where_answer_and_measurement_differ(
    visitor: Visitor,
    coach_visitor: Visitor,
    sqlite_house: House,
    sqlite_parts: Parts,
    clock: Clock,
) -> None:
    coach = await sqlite_house.coach()
    _, meeting, token = await invited(sqlite_house, coach)
    facts = facts_of(await visitor.open(f"/j/{token}/practice"))
    await ask(visitor, facts, do="begin", device="phone")
    await ask(visitor, facts, do="answer", step="camera", given="yes", device="phone")
    await ask(visitor, facts, do="answer", step="see", given="no", device="phone")
    session = await session_of(sqlite_parts)
    measured = {"score": "good", "causes": [], "measured": {"picture": "moving", "loss": 0.012}}
    await keep_measured(sqlite_parts, session, measured, sqlite_parts.now())

    await coach_visitor.sign_in(coach)
    page = await coach_visitor.open(f"/meetings/{meeting}/practising")
    assert "zei de kandidaat nee" in page.text("//*[@id='differences']")
    assert "beweegt" in page.text("//*[@id='steps']")
    assert page.document.xpath("//*[@aria-current='step']/@data-step") == ["speak"]
    assert page.has("//*[@id='steps'][@hx-get]")
    await coach_visitor.press("//button[@id='point-see']")

    _, told = await ask(visitor, facts, do="look")
    assert told["pointed"] == "see"
    clock.set("2027-03-04T13:58")
    await visitor.open(f"/j/{token}/practice")
    talk = await visitor.press("//button[@id='together']")
    (address,) = talk.document.xpath("//*[@id='pointed']/@data-from")
    shown = await (await visitor.client.get(address)).json()
    assert shown["text"].startswith("Nu oefent u: Ziet u zichzelf?")
    _, told = await ask(visitor, facts, do="answer", step="see", given="yes", device="phone")
    assert told["pointed"] is None


async def test_a_coach_points_for_somebody_who_went_straight_to_the_talk(
    visitor: Visitor, coach_visitor: Visitor, sqlite_house: House, clock: Clock
) -> None:
    coach = await sqlite_house.coach()
    _, meeting, token = await invited(sqlite_house, coach)
    await coach_visitor.sign_in(coach)
    watch = f"/meetings/{meeting}/practising"
    early = await coach_visitor.open(watch)
    assert not early.has("//button[starts-with(@id, 'point-')]")  # three days before

    clock.set("2027-03-04T14:02")
    await visitor.open(f"/j/{token}/practice")
    talk = await visitor.press("//button[@id='together']")  # and nothing of the steps before it
    (address,) = talk.document.xpath("//*[@id='pointed']/@data-from")
    coach_visitor.forget()
    await coach_visitor.sign_in(coach)
    page = await coach_visitor.open(watch)
    assert page.has("//*[@id='straight-to-talk']")
    assert page.has("//*[@id='steps'][@hx-get]")
    page = await coach_visitor.press("//button[@id='point-stutter']")

    assert not page.document.xpath("//*[@aria-current='step']")  # nobody is on the practice page
    assert "u wijst hiernaar" in page.text("//*[@data-step='stutter']")
    shown = await (await visitor.client.get(address)).json()
    assert shown["text"].startswith("Nu oefent u: ")

    facts = facts_of(await visitor.open(f"/j/{token}/practice"))
    _, begun = await ask(visitor, facts, do="begin", device="phone")
    assert (begun["step"], begun["pointed"]) == ("camera", "stutter")
    page = await coach_visitor.open(watch)
    assert page.document.xpath("//*[@aria-current='step']/@data-step") == ["camera"]


async def test_nothing_goes_on_after_a_practice_was_closed_although_nobody_began(
    coach_visitor: Visitor, sqlite_house: House, sqlite_parts: Parts, clock: Clock
) -> None:
    coach = await sqlite_house.coach()
    _, meeting, _ = await invited(sqlite_house, coach)
    clock.set("2027-03-04T14:02")
    await coach_visitor.sign_in(coach)
    watch = f"/meetings/{meeting}/practising"
    open_still = await coach_visitor.open(watch)
    talk, held = MeetingId(UUID(meeting)), MeetingStatus.HELD
    await record_outcome(sqlite_parts, coach, talk, held, key="h", now=clock())

    page = await coach_visitor.open(watch)

    assert open_still.has("//button[starts-with(@id, 'point-')]")
    assert not page.has("//button[starts-with(@id, 'point-')]")
    with pytest.raises(Conflict, match="practice_over"):
        await point_at(sqlite_parts, coach, talk, ASKED[0], now=clock())


async def test_at_a_location_a_code_leads_the_own_phone_to_a_practice_that_counts_there(
    visitor: Visitor, sqlite_house: House, sqlite_parts: Parts
) -> None:
    coach = await sqlite_house.coach()
    candidate, meeting, token = await invited(sqlite_house, coach, Mode.OFFLINE)
    await visitor.sign_in(coach)
    await visitor.open(f"/meetings/{meeting}/practising")
    shown = await visitor.press("//button[@id='show-code']")
    assert shown.has("//*[@role='img']//*[local-name()='path']")
    assert token not in shown.document.text_content()

    visitor.forget()
    facts = facts_of(await visitor.open(f"/j/{token}/practice"))
    await ask(visitor, facts, do="begin", device="phone")
    session = await session_of(sqlite_parts)
    fine = {"score": "good", "causes": []}
    await keep_measured(sqlite_parts, session, fine, sqlite_parts.now())
    for step in ASKED:
        await ask(visitor, facts, do="answer", step=step, given="yes", device="phone")

    async with sqlite_parts.database.read() as tx:
        query = select(readiness).where(readiness.c.candidate_id == candidate)
        (kept,) = (await tx.execute(query)).all()
    assert (kept.kind, kept.score, kept.recorded_by) == ("onsite", "good", coach.id)


async def test_where_nobody_is_invited_the_coach_still_follows_without_a_code(
    visitor: Visitor, sqlite_house: House, sqlite_parts: Parts
) -> None:
    coach = await sqlite_house.coach()
    _, meeting, _ = await invited(sqlite_house, coach, Mode.OFFLINE)
    async with sqlite_parts.database.write() as tx:
        await tx.execute(delete(invitation))
    await visitor.sign_in(coach)
    await visitor.open(f"/meetings/{meeting}/practising")

    shown = await visitor.press("//button[@id='show-code']")

    assert shown.status == 200
    assert shown.has("//*[@id='steps']")
    assert not shown.has("//*[@role='img']//*[local-name()='path']")


async def test_before_a_result_the_page_of_it_has_a_neutral_title(
    visitor: Visitor, sqlite_house: House
) -> None:
    _, _, token = await invited(sqlite_house, await sqlite_house.coach())

    page = await visitor.open(f"/j/{token}/practice/done")

    assert "Fijn dat u hebt geoefend" not in page.text("//h1")
    assert not page.has("//*[@data-cause]")


async def test_a_code_needs_an_appointment_at_a_location(
    visitor: Visitor, sqlite_house: House
) -> None:
    coach = await sqlite_house.coach()
    _, meeting, _ = await invited(sqlite_house, coach)
    await visitor.sign_in(coach)
    page = await visitor.open(f"/meetings/{meeting}/practising")
    assert not page.has("//button[@id='show-code']")
    csrf = visitor.seen and (await visitor.open("/candidates")).value("csrf")

    answer = await visitor.post(f"/meetings/{meeting}/practising", f"csrf={csrf}&do=beside")

    assert answer.status == 409
    assert "not_at_location" in await answer.text()


async def test_a_coach_finds_the_practice_beside_the_own_check(
    visitor: Visitor, sqlite_house: House
) -> None:
    coach = await sqlite_house.coach(practised=False)
    await visitor.sign_in(coach)
    assert (await visitor.open("/readiness")).has("//a[@href='/readiness/practice']")

    facts = facts_of(await visitor.open("/readiness/practice"))
    status, begun = await ask(visitor, facts, do="begin", device="computer")

    assert (status, begun["step"], facts["keeps"]) == (200, "camera", True)
