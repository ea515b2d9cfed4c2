"""Erasing a candidate: nothing that says something of them is left; what stays leads to nobody."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Column, Table, insert, select

from coaching.errors import BadInput, Conflict, NotAllowed, NotFound
from coaching.words import MeetingStatus
from server.store.erasing import ERASED_NAME, FATES, Emptied, Stays
from server.store.notices import add_notice
from server.store.schema import metadata
from server.usecases.booking import record_outcome
from server.usecases.context import Parts
from server.usecases.erasing import call_off_all, erase_candidate, erasure_of
from server.usecases.people import list_candidates, show_candidate
from tests.calendar_rounds import connected
from tests.conftest import Clock
from tests.erasing import CANARY, NAME, call_off, erase, somebody
from tests.house_of_people import House
from tests.wire.worker_tools import rows

pytestmark = pytest.mark.contract


def made_up(column: Column[Any], ids: dict[str, UUID], number: int) -> object:
    """A value for a column, with the canary wherever it can hold one."""
    target = next((key.column.table.name for key in column.foreign_keys), "")
    if target:
        return None if column.nullable and target not in ids else ids[target]
    made: dict[str, object] = {
        "String": f"{CANARY} {number}"[: getattr(column.type, "length", None) or 200],
        "Integer": number,
        "Boolean": False,
        "Instant": datetime(2027, 3, 1, 9, number % 60, tzinfo=UTC),
        "Date": date(2027, 3, 1),
        "LargeBinary": bytes([number % 256]) * 32,
        "JSON": {"said": CANARY},
        "Uuid": uuid4(),
    }
    return made[type(column.type).__name__]


def texts(table: Table) -> list[Column[Any]]:
    return [one for one in table.columns if type(one.type).__name__ == "String"]


def about(table: Table) -> bool:
    """Whether rows of it are about a candidate, and go."""
    return not isinstance(FATES[table.name], Stays) and table.name not in ("candidate", "meeting")


async def fill(parts: Parts, ids: dict[str, UUID]) -> None:
    """A row full of canaries in each table that holds something of a candidate."""
    tables = [one for one in metadata.sorted_tables if about(one) and one.name not in ids]
    async with parts.database.write() as tx:
        for number, table in enumerate(tables, 40):
            row = {one.name: made_up(one, ids, number) for one in table.columns}
            fate = FATES[table.name]
            if isinstance(fate, Emptied):  # the rest of it is codes, times and who of the staff
                row |= {one.name: "x" for one in texts(table) if one.name not in fate.values}
            if table.name in ("readiness", "practice_session"):
                row["staff_id"] = None
            await tx.execute(insert(table).values(row))
        said = {"last_error": f"550 {CANARY}", "dedupe_key": f"x:{uuid4()}", "kind": "mail"}
        more = {"subject": f"meeting:{ids['meeting']}", "payload": {}, "seq": 90, "attempts": 1}
        when = {"not_before": parts.now(), "created_at": parts.now()}
        await tx.execute(
            insert(metadata.tables["outbox"]).values(id=uuid4(), **said, **more, **when)
        )
        await add_notice(
            tx,
            ids["staff"],
            code="handed_over",
            params={"candidate": NAME},
            meeting_id=None,
            now=parts.now(),
        )


async def everything(parts: Parts) -> str:
    """All that the database says, as text."""
    async with parts.database.read() as tx:
        found = [
            f"{table.name}: {dict(row)}"
            for table in metadata.sorted_tables
            for row in (await tx.execute(select(table))).mappings()
        ]
    return "\n".join(found)


def files(parts: Parts) -> Iterator[bytes]:
    return (one.read_bytes() for one in Path(parts.settings.data_dir).rglob("*") if one.is_file())


def test_the_map_names_every_table_and_no_other() -> None:
    assert FATES.keys() == metadata.tables.keys()


async def test_no_canary_is_left_in_any_table_or_file(house: House, parts: Parts) -> None:
    coach = await house.coach()
    person, meeting = await somebody(house, coach)
    (row,) = await rows(parts, "meeting", id=meeting)
    (invitation,) = await rows(parts, "invitation", meeting_id=meeting)
    ids = {
        "candidate": person,
        "meeting": meeting,
        "trajectory": row["trajectory_id"],
        "staff": coach.id,
        "invitation": invitation["id"],
    }
    await fill(parts, ids)
    before = await everything(parts)
    assert before.count(CANARY) > sum(not isinstance(one, Stays) for one in FATES.values())
    await call_off(house, person)

    counts = await erase(house, person)

    left = [
        line for line in (await everything(parts)).split("\n") if CANARY.lower() in line.lower()
    ]
    assert left == []
    assert "987654" not in await everything(parts)
    if parts.database.is_sqlite:
        assert not any(CANARY.lower().encode() in one.lower() for one in files(parts))
    (line,) = await rows(parts, "erasure", candidate_id=person)
    planner = await house.planner()
    assert (line["erased_by"], line["at"], line["counts"]) == (planner.id, parts.now(), counts)
    assert counts["kept_line"] == counts["task"] == 1


async def test_talks_stay_as_counts_and_the_person_is_nowhere(
    sqlite_house: House, sqlite_parts: Parts
) -> None:
    house, parts = sqlite_house, sqlite_parts
    coach, planner = await house.coach(), await house.planner()
    person, _ = await somebody(house, coach)
    other = await house.candidate(name="Iemand Anders")
    await call_off(house, person)
    await erase(house, person, name=f"  {NAME.upper()} ")

    assert [
        one.id for one in await list_candidates(parts, planner, search="", now=parts.now())
    ] == [other]
    with pytest.raises(NotFound):
        await show_candidate(parts, planner, person, now=parts.now())
    with pytest.raises(NotFound):
        await erase(house, person, name=ERASED_NAME)
    with pytest.raises(NotFound):
        await house.trajectory(coach, person)
    kept = await rows(parts, "meeting", candidate_id=person)
    assert sorted(one["status"] for one in kept) == ["cancelled", "held"]
    (file,) = await rows(parts, "trajectory", candidate_id=person)
    assert file["state"] == "ended"


async def test_a_talk_to_come_is_in_the_way_until_it_is_called_off(
    house: House, parts: Parts
) -> None:
    coach, planner = await house.coach(), await house.planner()
    person, meeting = await somebody(house, coach)
    seen = await erasure_of(parts, planner, person, now=parts.now())
    assert [one.id for one in seen.to_come] == [str(meeting)]
    assert seen.running

    with pytest.raises(Conflict, match="erase_talks_to_come"):
        await erase(house, person)
    assert (await rows(parts, "candidate", id=person))[0]["name"] == NAME

    assert await call_off(house, person) == 1
    waiting = (await erasure_of(parts, planner, person, now=parts.now())).waiting
    await erase(house, person)
    mails = await rows(parts, "outbox", kind="mail")
    assert waiting > 0
    assert {one["gave_up_at"] for one in mails if one["subject"] == f"meeting:{meeting}"} == {
        parts.now()
    }


async def test_another_name_or_no_right_to_plan_erases_nobody(
    sqlite_house: House, sqlite_parts: Parts
) -> None:
    house, parts = sqlite_house, sqlite_parts
    coach = await house.coach()
    person, _ = await somebody(house, coach)
    await call_off(house, person)

    with pytest.raises(BadInput) as told:
        await erase(house, person, name="Iemand Anders")
    assert (told.value.code, told.value.field) == ("erase_name_differs", "confirm")
    for attempt in (
        erase(house, person, actor=coach),
        call_off_all(parts, coach, person, key="1", now=parts.now()),
        erasure_of(parts, coach, person, now=parts.now()),
    ):
        with pytest.raises(NotAllowed):
            await attempt
    assert (await rows(parts, "candidate", id=person))[0]["name"] == NAME
    assert await rows(parts, "erasure") == []


async def test_the_same_press_twice_erases_once(sqlite_house: House, sqlite_parts: Parts) -> None:
    house, parts = sqlite_house, sqlite_parts
    person, _ = await somebody(house, await house.coach())
    await call_off(house, person)
    asked = {"typed_name": NAME, "key": "same", "now": parts.now()}
    planner = await house.planner()

    first = await erase_candidate(parts, planner, person, **asked)

    assert await erase_candidate(parts, planner, person, **asked) == first
    assert len(await rows(parts, "erasure")) == 1


async def test_the_name_leaves_the_calendar_of_the_coach(
    house: House, parts: Parts, clock: Clock
) -> None:
    wanting = replace(parts, settings=replace(parts.settings, names_in_calendars=True))
    coach, planner = await house.coach(), await house.planner()
    diary = await connected(wanting, coach.id)
    person, meeting = await somebody(house, coach)
    await diary.write()
    assert NAME.encode() in b"".join(diary.memory.objects.values())
    clock.set("2027-03-03T16:00")
    await record_outcome(
        parts, planner, meeting, MeetingStatus.HELD, key=uuid4().hex, now=parts.now()
    )

    await erase(house, person)
    await diary.write()

    events = b"".join(diary.memory.objects.values())
    assert b"T-1001" in events
    assert CANARY.encode() not in events
    assert ERASED_NAME.encode() not in events
