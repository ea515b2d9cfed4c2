"""Erasing where it meets others: notices, pages, mails under way, bookings at the same moment."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text, update

from calendar_sync.memory_target import MemoryTarget
from calendar_sync.target import Exists, Garbage, Written
from coaching.errors import Conflict, NotFound
from coaching.words import Language, MeetingStatus, Mode
from server.app import build_app
from server.routes.page import notice_text
from server.store import meetings, notices, people
from server.store.database import Database, Tx
from server.store.erasing import ERASED_NAME
from server.store.locks import lock_people_and_room
from server.store.schema import candidate as candidates
from server.store.schema import mirror as mirrors
from server.store.staff_mail import SENT, mailed_for
from server.texts import catalogue, words_for
from server.usecases import timers
from server.usecases.booking import record_outcome
from server.usecases.context import MeetingId, Parts
from server.usecases.erasing import erase_candidate, erasure_of
from server.usecases.overview import NoticeView
from server.usecases.preferences import save_needs
from server.usecases.staff_mail import mail_staff
from tests.calendar_rounds import connected
from tests.conftest import Clock
from tests.erasing import CANARY, NAME, call_off, erase, somebody
from tests.house_of_people import House
from tests.visitor import Visitor
from tests.wire.worker_tools import rows

pytestmark = pytest.mark.contract


@asynccontextmanager
async def writing(parts: Parts) -> AsyncIterator[Tx]:
    async with parts.database.write() as tx:
        yield tx


async def waits_for_a_lock(parts: Parts, held: Tx) -> None:
    """Until somebody stands before a lock of PostgreSQL; SQLite lets nobody begin.

    `held` is the transaction that has the lock: it is asked something meanwhile, because the
    database ends one that says nothing for ten seconds.
    """
    if parts.database.is_sqlite:
        return
    asked = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    async with asyncio.timeout(180):
        while True:
            async with parts.database.read() as tx:
                if await tx.scalar(asked):
                    return
            await held.execute(text("SELECT 1"))
            await asyncio.sleep(0.01)


def every_notice() -> dict[str, dict[str, str]]:
    """Each code that has a sentence with a name in it, with all that the sentence wants."""
    wanted = ("candidate", "name", "when", "why", "talks", "online", "most", "lower", "upper")
    texts = catalogue(Language.NL)
    codes = ("contract_agreed", "share_above", "share_below", "handed_over", "chosen")
    assert all(texts.has(f"notice.{code}") for code in codes)
    return {code: dict.fromkeys(wanted, "3") | {"candidate": NAME} for code in codes}


async def test_notices_lose_the_name_and_nothing_of_a_namesake(house: House, parts: Parts) -> None:
    coach, elsewhere = await house.coach(), await house.coach()
    person, _ = await somebody(house, coach)
    namesake = await house.candidate(name=NAME)
    async with writing(parts) as tx:
        for staff in (coach.id, elsewhere.id):
            for code, params in every_notice().items():
                await notices.add_notice(
                    tx, staff, code=code, params=params, meeting_id=None, now=parts.now()
                )
        for about in (person, namesake):
            await notices.add_notice(
                tx,
                coach.id,
                code="chose_another",
                params={"candidate": NAME},
                meeting_id=None,
                candidate_id=about,
                now=parts.now(),
            )
    await call_off(house, person)

    await erase(house, person)

    words = words_for(Language.NL, parts.settings.tz)
    told = {
        staff.id: [
            notice_text(
                NoticeView(
                    id=row["id"], code=row["code"], params=row["params"], at=row["at"], meeting=None
                ),
                words,
            )
            for row in await rows(parts, "notice", staff_id=staff.id, meeting_id=None)
        ]
        for staff in (coach, elsewhere)
    }
    assert sum(NAME in one for one in told[elsewhere.id]) == len(every_notice())
    assert sum(ERASED_NAME in one for one in told[coach.id]) == len(every_notice())
    assert [one for one in told[coach.id] if CANARY in one] == [f"{NAME} koos een andere coach."]


async def test_an_old_notice_of_any_colleague_loses_a_name_that_nobody_else_has(
    house: House, parts: Parts
) -> None:
    person, _ = await somebody(house, await house.coach())
    async with writing(parts) as tx:
        await notices.add_notice(
            tx,
            (await house.planner()).id,
            code="chosen",
            params={"candidate": NAME},
            meeting_id=None,
            now=parts.now(),
        )
    await call_off(house, person)
    await erase(house, person)

    told = [row["params"] for row in await rows(parts, "notice", meeting_id=None)]
    assert {"candidate": ERASED_NAME} in told
    assert CANARY not in str(told)


async def test_the_pages_of_coach_and_talk_open_after_erasing(
    house: House, parts: Parts, clock: Clock, aiohttp_client: object
) -> None:
    coach = await house.coach()
    person, meeting = await somebody(house, coach)
    reason = {"reason": f"{CANARY} kan geen trap op"}
    moved = {"from": "2027-03-02T14:00", "from_minutes": "45", "made_revision": "2"}
    sent = {"staff": str(coach.id), "revision": "1"}
    said = {
        "own_office": reason,
        "failure_dismissed": reason,
        "reason_given": reason,
        "moved": moved,
        SENT: sent,
    }
    clock.set("2027-03-03T16:00")
    async with writing(parts) as tx:
        for what, detail in said.items():
            await meetings.add_event(
                tx, meeting, at=parts.now(), actor=coach.key, what=what, detail=detail
            )
        await notices.add_notice(
            tx,
            coach.id,
            code="contract_agreed",
            params={"candidate": NAME, "talks": "8"},
            meeting_id=None,
            now=parts.now(),
        )
    await record_outcome(
        parts, coach, meeting, MeetingStatus.HELD, key=uuid4().hex, now=parts.now()
    )

    await erase(house, person)

    visitor = Visitor(await aiohttp_client(build_app(parts)))  # type: ignore[operator]  # the fixture is untyped
    await visitor.sign_in(coach)
    for path in (f"/meetings/{meeting}", "/"):
        seen = await visitor.open(path)
        assert seen.status == 200
        assert CANARY not in seen.text("//body")
    kept = await rows(parts, "meeting_event", meeting_id=meeting)
    details = {one["what"]: one["detail"] for one in kept}
    assert (details["own_office"], details["moved"], details[SENT]) == ({"reason": ""}, {}, sent)


async def test_a_mail_to_staff_that_waits_is_counted_and_still_goes_to_them(
    house: House, parts: Parts
) -> None:
    coach = await house.coach()
    person, meeting = await somebody(house, coach)
    before = (await erasure_of(parts, None, person, now=parts.now())).waiting
    async with writing(parts) as tx:
        detail = {"staff": str(coach.id), "revision": "1"}
        await meetings.add_event(
            tx, meeting, at=parts.now(), actor="system", what=SENT, detail=detail
        )
        await mail_staff(tx, meeting, coach.id, 1, now=parts.now())
    assert (await erasure_of(parts, None, person, now=parts.now())).waiting == before + 1
    await call_off(house, person)

    await erase(house, person)

    async with parts.database.read() as tx:
        assert await mailed_for(tx, meeting) == {coach.id}
    waiting = await rows(parts, "outbox", subject=f"staff:{meeting}:{coach.id}")
    assert {one["gave_up_at"] for one in waiting} == {None}


async def test_a_letter_to_print_counts_as_waiting(sqlite_house: House) -> None:
    house, parts = sqlite_house, sqlite_house.parts
    person, _ = await somebody(house, await house.coach())
    async with writing(parts) as tx:
        await tx.execute(update(candidates).where(candidates.c.id == person).values(email=None))
    assert (await erasure_of(parts, None, person, now=parts.now())).letters == 0

    await call_off(house, person)

    seen = await erasure_of(parts, None, person, now=parts.now())
    assert (seen.letters, seen.by_letter, seen.waiting >= 1) == (1, True, True)


async def test_a_talk_that_began_wants_an_outcome_first(
    sqlite_house: House, clock: Clock, aiohttp_client: object
) -> None:
    house, parts = sqlite_house, sqlite_house.parts
    coach = await house.coach()
    person, meeting = await somebody(house, coach)
    clock.set("2027-03-03T14:10")
    assert await call_off(house, person) == 0

    with pytest.raises(Conflict, match="erase_outcome_missing"):
        await erase(house, person)

    visitor = Visitor(await aiohttp_client(build_app(parts)))  # type: ignore[operator]  # the fixture is untyped
    await visitor.sign_in(await house.planner())
    seen = await visitor.open(f"/candidates/{person}/erase")
    assert seen.has(f"//main//a[@href='/meetings/{meeting}']")
    assert not seen.has("//main//form//input[@name='confirm']")
    await record_outcome(
        parts, coach, meeting, MeetingStatus.HELD, key=uuid4().hex, now=parts.now()
    )
    assert await erase(house, person)


async def test_a_move_at_the_same_moment_is_not_lost(house: House, parts: Parts) -> None:
    person, meeting = await somebody(house, await house.coach())
    async with writing(parts) as tx:
        await meetings.meeting_to_change(tx, meeting)
        calling = asyncio.create_task(call_off(house, person))
        await waits_for_a_lock(parts, tx)
        await meetings.change_meeting(tx, meeting, revision=7)

    assert await calling == 1
    (row,) = await rows(parts, "meeting", id=meeting)
    assert (row["status"], row["revision"]) == ("cancelled", 8)


async def test_nobody_is_booked_who_was_erased_while_the_booking_waited(
    house: House, parts: Parts
) -> None:
    coach = await house.coach()
    person = await house.candidate(name=NAME)
    trajectory = await house.acquainted(coach, person)
    async with writing(parts) as tx:
        await lock_people_and_room(tx, person)
        booking = asyncio.create_task(house.book(trajectory, "2027-03-04T14:00", mode=Mode.PHONE))
        await waits_for_a_lock(parts, tx)
        gone = update(candidates).where(candidates.c.id == person)
        await tx.execute(gone.values(erased_at=parts.now()))

    with pytest.raises(NotFound, match="candidate_unknown"):
        await booking
    assert len(await rows(parts, "meeting", candidate_id=person)) == 1


async def test_nothing_is_written_about_who_was_erased_and_what_was_left_goes(
    house: House, parts: Parts
) -> None:
    coach, planner = await house.coach(), await house.planner()
    person, _ = await somebody(house, coach)
    held = next(
        one for one in await rows(parts, "meeting", candidate_id=person) if one["status"] == "held"
    )
    await call_off(house, person)
    await erase(house, person)
    now = parts.now()
    asked = {"key": uuid4().hex, "now": now}

    for attempt in (
        save_needs(parts, coach, person, [], **asked),
        house.practises(person),
        record_outcome(parts, coach, MeetingId(held["id"]), MeetingStatus.MISSED, **asked),
        erase(house, person, name=ERASED_NAME, actor=planner),
    ):
        with pytest.raises(NotFound, match="candidate_unknown"):
            await attempt

    async with writing(parts) as tx:  # as a worker could that was under way
        await notices.add_notice(
            tx, coach.id, code="taskless", params={}, meeting_id=held["id"], now=now
        )
    assert (await erasure_of(parts, None, person, now=now)).erased
    again = await erase_candidate(
        parts, None, person, typed_name=ERASED_NAME, key=uuid4().hex, now=now
    )
    assert again["notice"] == 1


class Waiting(MemoryTarget):
    """A calendar where something happens between reading what to write and writing it."""

    between: Callable[[], Awaitable[object]] | None = None

    async def create(self, href: str, ics: bytes) -> Written | Exists | Garbage:
        between, self.between = self.between, None
        if between:
            await between()
        return await super().create(href, ics)


@pytest.mark.parametrize("known", ["nothing", "the name", "under way"])
async def test_the_name_leaves_a_calendar_whatever_was_kept_of_it(
    sqlite_house: House, clock: Clock, known: str
) -> None:
    """Nothing, in a mirror of before this memory; under way: read before erasing, written after."""
    house, parts = sqlite_house, sqlite_house.parts
    wanting = replace(parts, settings=replace(parts.settings, names_in_calendars=True))
    coach = await house.coach()
    diary = await connected(wanting, coach.id)
    diary.memory = memory = Waiting()
    person, meeting = await somebody(house, coach)
    if known != "under way":
        await diary.write()
        assert CANARY.encode() in b"".join(memory.objects.values())
    if known == "nothing":
        async with writing(parts) as tx:
            await tx.execute(update(mirrors).values(base=None))
    clock.set("2027-03-03T16:00")
    await record_outcome(
        parts, coach, meeting, MeetingStatus.HELD, key=uuid4().hex, now=parts.now()
    )
    before = await open_writes(parts, meeting)

    if known == "under way":
        memory.between = partial(erase, house, person)
        await diary.write()
        assert CANARY.encode() in b"".join(memory.objects.values())
        before -= 1  # written meanwhile
    else:
        await erase(house, person)

    assert await open_writes(parts, meeting) == before + 1
    await diary.write()
    events = b"".join(memory.objects.values())
    assert b"T-1001" in events
    assert CANARY.encode() not in events


async def open_writes(parts: Parts, meeting: UUID) -> int:
    found = await rows(parts, "outbox", kind="calendar", subject=f"meeting:{meeting}", done_at=None)
    return len(found)


async def test_the_log_of_sqlite_is_emptied_by_the_clock_once_nobody_reads(
    sqlite_house: House, sqlite_settings: object
) -> None:
    house, parts = sqlite_house, sqlite_house.parts
    impatient = Database(parts.database.url, clean_up_wait=0.01)
    hasty = replace(parts, database=impatient)
    person, _ = await somebody(house, await house.coach())
    await call_off(house, person)

    async with impatient.read() as tx:
        await people.candidate_by_id(tx, person)
        await erase_candidate(
            hasty, None, person, typed_name=NAME, key=uuid4().hex, now=parts.now()
        )
        (due,) = await erased_moments(hasty)
        assert not await timers.run_moment(hasty, due, now=parts.now())
        assert await erased_moments(hasty) == [due]

    assert await timers.run_moment(hasty, due, now=parts.now())
    assert await erased_moments(hasty) == []
    await impatient.close()


async def erased_moments(parts: Parts) -> list[timers.Moment]:
    found = await timers.due_moments(parts, now=parts.now())
    return [one for one in found if one.kind is timers.MomentKind.ERASED]
