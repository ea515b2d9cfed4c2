"""What a stand-in for one talk (E5) means for practices, to-dos, pages and forms beside it."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from coaching.errors import BadInput, Conflict
from coaching.facts import ExceptionCode
from coaching.words import Language, MeetingKind, Mode
from server.app import build_app
from server.store import meetings
from server.store.schema import meeting as meeting_table
from server.store.schema import outbox
from server.usecases.access import known_trajectory
from server.usecases.attention import TodoCode, attention
from server.usecases.booking import BookingRequest, MoveRequest, move_meeting
from server.usecases.camera_waiver import has_camera_waiver
from server.usecases.context import MeetingId, StaffActor, StaffId, TrajectoryId
from server.usecases.excusing import excuse_camera
from server.usecases.explaining import explain, explain_booking
from server.usecases.handing_over import hand_over
from server.usecases.overview import show_meeting
from server.usecases.people import show_candidate
from server.usecases.practice_guides import ask_to_guide
from server.usecases.practising_booking import (
    book_together,
    offer_help_at_once,
    together_times,
)
from server.usecases.standing_in import StandInRequest, end_stand_in, name_stand_in
from server.usecases.todos import write_todo
from tests.calendar_rounds import connected
from tests.conftest import AMSTERDAM, Clock
from tests.house_of_people import House
from tests.visitor import Visitor, link_of

pytestmark = pytest.mark.contract


async def named(
    house: House, talk: MeetingId, coach: StaffActor, *, mode: Mode = Mode.PHONE
) -> None:
    wanted = StandInRequest(coach=StaffId(coach.id), mode=mode, room=None)
    now = house.parts.now()
    await name_stand_in(
        house.parts, await house.planner(), talk, wanted, revision=1, key=f"n{talk}", now=now
    )


async def stood_in(
    house: House, own: StaffActor, other: StaffActor
) -> tuple[TrajectoryId, MeetingId]:
    """A talk by phone on 9 March of the guidance of `own`, which `other` takes."""
    trajectory = await house.acquainted(own, await house.candidate(name="Mo"))
    talk = (await house.book(trajectory, "2027-03-09T14:00", mode=Mode.PHONE)).meeting
    await named(house, talk, other)
    return trajectory, talk


async def guided_practice(house: House, own: StaffActor, guide: StaffActor) -> MeetingId:
    trajectory = await house.acquainted(own, await house.candidate(name="Mo"))
    booked = await house.book(trajectory, "2027-03-04T14:00", kind=MeetingKind.PRACTICE)
    now = house.parts.now()
    await ask_to_guide(house.parts, own, booked.meeting, StaffId(guide.id), key="g", now=now)
    return booked.meeting


async def test_a_practice_is_offered_in_the_hours_of_the_own_coach(sqlite_house: House) -> None:
    house, parts, now = sqlite_house, sqlite_house.parts, sqlite_house.parts.now()
    own, other = await house.coach(name="Anna"), await house.coach(name="Bram")
    await house.works(other)
    await offer_help_at_once(parts, other, helps=True)
    _, talk = await stood_in(house, own, other)
    link = await link_of(parts, talk)

    offered = await together_times(parts, link, now=now)
    assert (offered.times, offered.now_with) == ((), "")

    await house.works(own)
    times = (await together_times(parts, link, now=now)).times
    assert {one.time.coach for one in times} == {own.id}
    await book_together(parts, link, offer=times[0].offer, key="p", now=now)
    query = select(meeting_table.c.coach_id).where(meeting_table.c.kind == "practice")
    async with parts.database.read() as tx:
        assert list((await tx.execute(query)).scalars()) == [own.id]


async def test_no_practice_is_offered_in_the_middle_of_the_talk_itself(sqlite_house: House) -> None:
    house, now = sqlite_house, sqlite_house.parts.now()
    own = await house.coach(name="Anna")
    await house.works(own)
    trajectory = await house.acquainted(own, await house.candidate(name="Mo"))
    far = (await house.book(trajectory, "2027-03-09T14:00", mode=Mode.PHONE)).meeting
    free = (await together_times(house.parts, await link_of(house.parts, far), now=now)).times
    first = free[0].time.starts_at
    wall = first.astimezone(AMSTERDAM).replace(tzinfo=None).isoformat()
    talk = (await house.book(trajectory, wall, mode=Mode.PHONE)).meeting
    link = await link_of(house.parts, talk)

    times = (await together_times(house.parts, link, now=now)).times
    assert times
    assert first not in {one.time.starts_at for one in times}
    await book_together(house.parts, link, offer=times[0].offer, key="p", now=now)


async def test_a_former_coach_who_stands_in_has_the_to_dos_and_the_own_coach_sees_it(
    sqlite_house: House,
) -> None:
    house, parts, now = sqlite_house, sqlite_house.parts, sqlite_house.parts.now()
    former, own = await house.coach(name="Anna"), await house.coach(name="Bram")
    candidate = await house.candidate(name="Mo")
    trajectory = await house.acquainted(former, candidate)
    await hand_over(parts, await house.planner(), trajectory, StaffId(own.id), key="h", now=now)
    talk = (await house.book(trajectory, "2027-03-09T14:00", mode=Mode.PHONE)).meeting
    await named(house, talk, former)

    for about in ("planned", "failed"):
        async with parts.database.write() as tx:
            guidance = await known_trajectory(tx, trajectory)
            await write_todo(
                tx, TodoCode.PHONE_NOW, guidance, about=about, due_at=now, now=now, meeting=talk
            )
            changed = meeting_table.update().where(meeting_table.c.id == talk)
            await tx.execute(changed.values(status="failed"))
    async with parts.database.write() as tx:
        await tx.execute(
            meeting_table.update().where(meeting_table.c.id == talk).values(status="planned")
        )

    codes = [one.code for one in await attention(parts, former, now=now)]
    assert codes.count(TodoCode.PHONE_NOW) == 2
    seen = await show_candidate(parts, own, candidate, now=now)
    assert [one.stands_in for one in seen.meetings if one.id == str(talk)] == [True]


async def test_a_move_to_a_taken_time_gives_the_form_back_to_the_stand_in(
    sqlite_house: House, aiohttp_client: object
) -> None:
    house = sqlite_house
    own, other = await house.coach(name="Anna"), await house.coach(name="Bram")
    await house.works(other)
    _, talk = await stood_in(house, own, other)
    taken = await house.acquainted(other, await house.candidate(name="Piet"))
    await house.book(taken, "2027-03-10T14:00", mode=Mode.PHONE)
    visitor = Visitor(await aiohttp_client(build_app(house.parts)))  # type: ignore[operator]  # the fixture is untyped
    await visitor.sign_in(other)

    await visitor.open(f"/meetings/{talk}")
    button = "//details[@id='move']//button[not(@class='first-submit')]"
    page = await visitor.press(button, day="2027-03-10", time="14:00")

    assert page.status in (200, 409, 422)
    assert page.document.xpath("//details[@id='move']//button[@name='fill']")


async def test_why_tells_a_stand_in_the_rules_and_not_the_file(sqlite_house: House) -> None:
    house, parts, now = sqlite_house, sqlite_house.parts, sqlite_house.parts.now()
    own, other = await house.coach(name="Anna"), await house.coach(name="Bram")
    trajectory, talk = await stood_in(house, own, other)

    seen = await explain(parts, other, talk, language=Language.EN, now=now)
    whole = await explain(parts, await house.planner(), talk, language=Language.EN, now=now)
    wanted = BookingRequest(
        trajectory=trajectory,
        kind=MeetingKind.PROGRESS,
        starts_local=parts.now().replace(tzinfo=None, month=4),
        minutes=45,
        mode=Mode.VIDEO,
        room=None,
    )
    move = await explain_booking(parts, other, wanted, moved=talk, now=now)

    assert len(seen.facts) == len(move.facts) == 5
    assert len(whole.facts) > 12
    assert seen.facts[4][1] == whole.facts[4][1] == move.facts[4][1] == "Bram"
    assert "R7" in {one.id for one in move.rules}


async def test_who_guides_a_practice_excuses_the_camera_in_it(sqlite_house: House) -> None:
    house, parts, now = sqlite_house, sqlite_house.parts, sqlite_house.parts.now()
    own, guide = await house.coach(), await house.coach(name="Vera")
    practice = await guided_practice(house, own, guide)

    await excuse_camera(
        parts, guide, practice, ExceptionCode.ACCESSIBILITY, "Liever zonder", key="q", now=now
    )

    async with parts.database.read() as tx:
        found = await meetings.meeting_by_id(tx, practice)
        assert found is not None
        assert await has_camera_waiver(tx, found)


async def test_a_stand_in_keeps_neither_number_nor_level_when_the_talk_is_over(
    sqlite_house: House, clock: Clock
) -> None:
    house, parts = sqlite_house, sqlite_house.parts
    own, other = await house.coach(name="Anna"), await house.coach(name="Bram")
    _, talk = await stood_in(house, own, other)

    before = await show_meeting(parts, other, talk, now=parts.now())
    clock.set("2027-06-09T14:00")
    later = await show_meeting(parts, other, talk, now=parts.now())
    planner = await show_meeting(parts, await house.planner(), talk, now=parts.now())

    assert before.candidate_phone
    assert (before.skill, before.marks.has_file) == (None, False)
    assert (later.candidate_phone, later.skill) == (None, None)
    assert planner.candidate_phone == before.candidate_phone
    assert planner.skill


async def test_a_practice_has_no_stand_in(sqlite_house: House) -> None:
    house = sqlite_house
    own, other = await house.coach(), await house.coach()
    trajectory = await house.acquainted(own)
    booked = await house.book(trajectory, "2027-03-04T14:00", kind=MeetingKind.PRACTICE)

    with pytest.raises(BadInput, match="stand_in_practice"):
        await named(house, booked.meeting, other)


async def test_what_belongs_to_a_video_talk_does_not_go_to_who_has_it_by_phone(
    sqlite_house: House,
) -> None:
    house, parts, now = sqlite_house, sqlite_house.parts, sqlite_house.parts.now()
    own, other = await house.coach(), await house.coach()
    trajectory = await house.acquainted(own)
    talk = (await house.book(trajectory, "2027-03-09T14:00")).meeting
    async with parts.database.write() as tx:
        guidance = await known_trajectory(tx, trajectory)
        for code in (TodoCode.NO_TASK, TodoCode.TOO_EARLY, TodoCode.CALENDAR_CLASH):
            await write_todo(tx, code, guidance, about="x", due_at=now, now=now, meeting=talk)

    await named(house, talk, other)

    assert [one.code for one in await attention(parts, own, now=now)] == []
    left = {one.code for one in await attention(parts, other, now=now)}
    assert left <= {TodoCode.CALENDAR_CLASH}


async def test_the_calendar_of_the_own_coach_is_looked_at_before_a_talk_goes_back(
    sqlite_house: House,
) -> None:
    house, parts, now = sqlite_house, sqlite_house.parts, sqlite_house.parts.now()
    own, other = await house.coach(), await house.coach()
    diary = await connected(parts, own.id, role="busy")
    _, talk = await stood_in(house, own, other)
    diary.put("over.ics", "20270309T130000Z", "20270309T134500Z")
    await diary.round()
    planner = await house.planner()

    with pytest.raises(Conflict, match="calendar_busy"):
        await end_stand_in(parts, planner, talk, revision=2, key="e", now=now)
    await end_stand_in(parts, planner, talk, revision=2, key="o", over_busy=True, now=now)

    assert (await show_meeting(parts, planner, talk, now=now)).coach == own.id


async def test_the_mail_is_told_what_changed(sqlite_house: House) -> None:
    house, parts, now = sqlite_house, sqlite_house.parts, sqlite_house.parts.now()
    own, other = await house.coach(), await house.coach()
    _, talk = await stood_in(house, own, other)
    local = datetime.fromisoformat("2027-03-09T14:00")
    for revision, hours, minutes in ((2, 0, 30), (3, 1, 30)):
        await move_meeting(
            parts,
            other,
            talk,
            MoveRequest(
                starts_local=local + timedelta(hours=hours),
                minutes=minutes,
                mode=Mode.PHONE,
                room=None,
            ),
            revision=revision,
            key=f"m{revision}",
            now=now,
        )

    async with parts.database.read() as tx:
        rows = (await tx.execute(select(outbox.c.payload).where(outbox.c.kind == "mail"))).scalars()
    of_it = [one for one in rows if one["meeting"] == str(talk) and one["template"] == "moved"]
    told = {one["revision"]: one["change"] for one in of_it}
    assert told == {2: "coach", 3: "form", 4: "time"}
