from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Row, Table, select

from coaching.errors import BadInput, Conflict, NotFound, Refused
from coaching.words import MeetingKind, MeetingStatus, Mode
from server.store.schema import invitation, meeting, meeting_event, outbox
from server.usecases.booking import (
    Booked,
    BookingRequest,
    MoveRequest,
    cancel_meeting,
    judge_booking,
    move_meeting,
    record_outcome,
    resend_invitation,
)
from server.usecases.context import MeetingId, Parts, RoomId
from tests.conftest import Clock
from tests.house_of_people import House

pytestmark = pytest.mark.contract


async def rows(parts: Parts, table: Table) -> Sequence[Row[Any]]:
    async with parts.database.read() as tx:
        return (await tx.execute(select(table))).all()


async def row_of(parts: Parts, meeting_id: MeetingId) -> Row[Any]:
    return next(row for row in await rows(parts, meeting) if row.id == meeting_id)


async def mails(parts: Parts, meeting_id: MeetingId) -> list[tuple[str, int]]:
    """(template, revision) of each mail about a meeting, in order."""
    found = [
        row
        for row in await rows(parts, outbox)
        if row.kind == "mail" and row.subject == f"meeting:{meeting_id}"
    ]
    found.sort(key=lambda row: row.seq)
    return [(row.payload["template"], row.payload["revision"]) for row in found]


async def move(
    house: House,
    meeting_id: MeetingId,
    starts: str,
    *,
    revision: int = 1,
    key: str = "",
    **other: Any,  # noqa: ANN401 -- as `move_meeting` takes them
) -> Booked:
    values: dict[str, Any] = {"mode": Mode.VIDEO, "minutes": 45, "room": None, **other}
    return await move_meeting(
        house.parts,
        await house.planner(),
        meeting_id,
        MoveRequest(
            starts_local=datetime.fromisoformat(starts),
            **values,
        ),
        revision=revision,
        key=key or uuid4().hex,
        now=house.parts.now(),
    )


async def cancel(house: House, meeting_id: MeetingId, *, revision: int = 1, key: str = "") -> None:
    await cancel_meeting(
        house.parts,
        await house.planner(),
        meeting_id,
        revision=revision,
        key=key or uuid4().hex,
        now=house.parts.now(),
    )


async def mark(
    house: House, meeting_id: MeetingId, status: MeetingStatus, *, now: datetime | None = None
) -> None:
    await record_outcome(
        house.parts,
        await house.planner(),
        meeting_id,
        status,
        key=uuid4().hex,
        now=now or house.parts.now(),
    )


async def test_a_booking_stands_with_its_invitation_mail_and_history(
    house: House, parts: Parts
) -> None:
    trajectory = await house.acquainted(await house.coach())

    booked = await house.book(trajectory, "2027-03-03T14:00", minutes=50)

    row = await row_of(parts, booked.meeting)
    assert (row.status, row.revision, row.zone, row.local_start) == (
        "planned",
        1,
        "Europe/Amsterdam",
        "2027-03-03T14:00",
    )
    assert row.starts_at == datetime(2027, 3, 3, 13, 0, tzinfo=UTC)
    assert row.ends_at - row.starts_at == timedelta(minutes=50)
    assert await mails(parts, booked.meeting) == [("invitation", 1)]
    assert [i.revoked_at for i in await rows(parts, invitation) if i.meeting_id == row.id] == [None]
    assert [e.what for e in await rows(parts, meeting_event) if e.meeting_id == row.id] == [
        "booked"
    ]


async def test_a_video_talk_before_the_acquaintance_is_refused_with_alternatives(
    house: House, parts: Parts
) -> None:
    trajectory = await house.trajectory(await house.coach())

    with pytest.raises(Refused) as refused:
        await house.book(trajectory, "2027-03-03T14:00", mode=Mode.VIDEO)

    assert refused.value.verdict.leading_rule == "R8"
    assert refused.value.verdict.alternatives
    assert await rows(parts, meeting) == []
    assert await rows(parts, outbox) == []


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        (MeetingKind.ACQUAINTANCE, "R7"),
        (MeetingKind.INTAKE, "R7"),
        (MeetingKind.DIAGNOSIS, "R9"),
        (MeetingKind.REASSESSMENT, "R9"),
    ],
)
async def test_what_must_be_at_a_location_is_refused_by_video(
    house: House, kind: MeetingKind, rule: str
) -> None:
    trajectory = await house.acquainted(await house.coach())

    with pytest.raises(Refused) as refused:
        await house.book(trajectory, "2027-03-03T14:00", kind=kind, mode=Mode.VIDEO)
    assert refused.value.verdict.leading_rule == rule


async def test_an_acquaintance_with_another_coach_does_not_open_video(house: House) -> None:
    candidate = await house.candidate()
    await house.acquainted(await house.coach(), candidate)
    other = await house.trajectory(await house.coach(), candidate)

    with pytest.raises(Refused):
        await house.book(other, "2027-03-03T14:00")


@pytest.mark.parametrize(
    ("starts", "minutes", "mode", "with_room", "code"),
    [
        ("2027-03-01T08:59", 45, Mode.PHONE, False, "starts_in_past"),
        ("2031-03-01T10:00", 45, Mode.PHONE, False, "starts_too_far"),
        ("2027-03-28T02:30", 45, Mode.PHONE, False, "time_skipped"),
        ("2027-03-03T14:00", 4, Mode.PHONE, False, "length_bad"),
        ("2027-03-03T14:00", 481, Mode.PHONE, False, "length_bad"),
        ("2027-03-03T14:00", 45, Mode.OFFLINE, False, "room_needed"),
        ("2027-03-03T14:00", 45, Mode.PHONE, True, "room_unused"),
        ("2027-03-03T14:00", 45, Mode.WRITTEN, False, "mode_unbookable"),
        ("0001-01-01T00:00", 45, Mode.PHONE, False, "starts_bad"),
        ("9999-12-31T23:59", 45, Mode.PHONE, False, "starts_too_far"),
        ("2027-03-03T14:00+01:00", 45, Mode.PHONE, False, "starts_bad"),
    ],
)
async def test_bad_input_is_named_and_leaves_nothing(  # noqa: PLR0917 -- one row of the table
    sqlite_house: House,
    sqlite_parts: Parts,
    starts: str,
    minutes: int,
    mode: Mode,
    with_room: bool,  # noqa: FBT001 -- a column of the table
    code: str,
) -> None:
    trajectory = await sqlite_house.trajectory(await sqlite_house.coach())
    room = await sqlite_house.room() if with_room else None

    with pytest.raises(BadInput) as refused:
        await sqlite_house.book(trajectory, starts, minutes=minutes, mode=mode, room=room)
    assert refused.value.code == code
    assert await rows(sqlite_parts, meeting) == []


async def test_a_room_that_does_not_exist_is_bad_input(sqlite_house: House) -> None:
    trajectory = await sqlite_house.trajectory(await sqlite_house.coach())

    with pytest.raises(BadInput) as refused:
        await sqlite_house.book(
            trajectory, "2027-03-03T14:00", mode=Mode.OFFLINE, room=RoomId(uuid4())
        )
    assert refused.value.code == "room_unknown"


async def test_coach_candidate_and_room_are_each_taken_once(house: House) -> None:
    coach, room, candidate = await house.coach(), await house.room(), await house.candidate()
    first = await house.trajectory(coach, candidate)
    offline = {"mode": Mode.OFFLINE, "kind": MeetingKind.ACQUAINTANCE}
    await house.book(first, "2027-03-03T14:00", room=room, **offline)
    same_coach = await house.trajectory(coach)
    same_candidate = await house.trajectory(await house.coach(), candidate)
    same_room = await house.trajectory(await house.coach())

    codes = []
    for trajectory, where in ((same_coach, None), (same_candidate, None), (same_room, room)):
        with pytest.raises(Conflict) as refused:
            await house.book(
                trajectory, "2027-03-03T14:30", room=where or await house.room(), **offline
            )
        codes.append(refused.value.code)

    assert codes == ["coach_taken", "candidate_taken", "room_taken"]
    await house.book(same_coach, "2027-03-03T14:45", room=room, **offline)


async def test_the_clock_change_moves_the_moment_and_not_the_wall_time(
    house: House, parts: Parts
) -> None:
    trajectory = await house.acquainted(await house.coach())

    starts = [
        (
            await row_of(parts, (await house.book(trajectory, local, mode=Mode.PHONE)).meeting)
        ).starts_at
        for local in ("2027-03-27T10:00", "2027-03-28T10:00", "2027-10-30T10:00")
    ]
    twice = await house.book(trajectory, "2027-10-31T02:30", mode=Mode.PHONE)
    across = await house.book(trajectory, "2027-03-28T01:45", minutes=45, mode=Mode.PHONE)

    over_it = await row_of(parts, across.meeting)
    assert over_it.ends_at - over_it.starts_at == timedelta(minutes=45)
    assert [s.hour for s in starts] == [9, 8, 8]
    assert (await row_of(parts, twice.meeting)).starts_at == datetime(
        2027, 10, 31, 0, 30, tzinfo=UTC
    )
    with pytest.raises(BadInput):
        await house.book(trajectory, "2027-03-28T02:30")


async def test_moving_raises_the_revision_and_replaces_the_invitation(
    house: House, parts: Parts
) -> None:
    trajectory = await house.acquainted(await house.coach())
    booked = await house.book(trajectory, "2027-03-03T14:00")

    await move(house, booked.meeting, "2027-03-04T10:00")

    row = await row_of(parts, booked.meeting)
    assert (row.revision, row.local_start, row.status) == (2, "2027-03-04T10:00", "planned")
    assert await mails(parts, booked.meeting) == [("invitation", 1), ("moved", 2)]
    links = [i for i in await rows(parts, invitation) if i.meeting_id == row.id]
    assert sorted((i.revision, i.revoked_at is None) for i in links) == [(1, False), (2, True)]


async def test_a_move_by_an_old_page_is_refused(house: House) -> None:
    trajectory = await house.acquainted(await house.coach())
    booked = await house.book(trajectory, "2027-03-03T14:00")
    await move(house, booked.meeting, "2027-03-04T10:00")

    with pytest.raises(Conflict) as refused:
        await move(house, booked.meeting, "2027-03-05T10:00", revision=1)
    assert refused.value.code == "stale"


async def test_a_move_may_overlap_its_own_old_time_but_no_other(house: House) -> None:
    trajectory = await house.acquainted(await house.coach())
    booked = await house.book(trajectory, "2027-03-03T14:00")
    await house.book(trajectory, "2027-03-03T16:00")

    await move(house, booked.meeting, "2027-03-03T14:15")
    with pytest.raises(Conflict) as refused:
        await move(house, booked.meeting, "2027-03-03T15:30", revision=2)
    assert refused.value.code == "coach_taken"


async def test_a_move_to_video_is_judged_by_the_rules(house: House) -> None:
    trajectory = await house.trajectory(await house.coach())
    booked = await house.book(
        trajectory,
        "2027-03-03T14:00",
        kind=MeetingKind.ACQUAINTANCE,
        mode=Mode.OFFLINE,
        room=await house.room(),
    )

    with pytest.raises(Refused):
        await move(house, booked.meeting, "2027-03-03T14:00", mode=Mode.VIDEO)


async def test_cancelling_frees_the_time_and_withdraws_the_link(house: House, parts: Parts) -> None:
    trajectory = await house.acquainted(await house.coach())
    booked = await house.book(trajectory, "2027-03-03T14:00")

    await cancel(house, booked.meeting)

    row = await row_of(parts, booked.meeting)
    assert (row.status, row.revision) == ("cancelled", 2)
    assert await mails(parts, booked.meeting) == [("invitation", 1), ("cancelled", 2)]
    links = [i for i in await rows(parts, invitation) if i.meeting_id == row.id]
    assert all(i.revoked_at for i in links)
    await house.book(trajectory, "2027-03-03T14:00")
    with pytest.raises(Conflict) as refused:
        await cancel(house, booked.meeting, revision=2)
    assert refused.value.code == "already_closed"


async def test_an_outcome_waits_for_the_start_and_may_be_corrected_that_day(
    house: House, clock: Clock
) -> None:
    trajectory = await house.acquainted(await house.coach())
    booked = await house.book(trajectory, "2027-03-03T14:00")
    with pytest.raises(BadInput) as early:
        await mark(house, booked.meeting, MeetingStatus.HELD)
    assert early.value.code == "not_begun"

    clock.set("2027-03-03T15:00")
    await mark(house, booked.meeting, MeetingStatus.MISSED)
    await mark(house, booked.meeting, MeetingStatus.HELD)
    clock.set("2027-03-04T00:01")
    with pytest.raises(Conflict) as late:
        await mark(house, booked.meeting, MeetingStatus.MISSED)
    assert late.value.code == "already_closed"


async def test_a_missed_meeting_frees_its_time_and_cannot_take_it_back(
    house: House, clock: Clock
) -> None:
    trajectory = await house.acquainted(await house.coach())
    booked = await house.book(trajectory, "2027-03-03T14:00", minutes=120)
    clock.set("2027-03-03T14:30")
    await mark(house, booked.meeting, MeetingStatus.MISSED)
    await house.book(trajectory, "2027-03-03T15:00")

    with pytest.raises(Conflict) as refused:
        await mark(house, booked.meeting, MeetingStatus.HELD)
    # Both are taken; which of the two the database finds first differs.
    assert refused.value.code in ("coach_taken", "candidate_taken")


async def test_an_invitation_is_sent_again_three_times_a_day(
    house: House, parts: Parts, clock: Clock
) -> None:
    trajectory = await house.acquainted(await house.coach())
    booked = await house.book(trajectory, "2027-03-05T14:00")

    async def resend() -> None:
        await resend_invitation(
            parts, await house.planner(), booked.meeting, key=uuid4().hex, now=clock()
        )

    for _ in range(3):
        await resend()
    with pytest.raises(Conflict) as refused:
        await resend()
    clock.set("2027-03-02T00:01")
    await resend()

    assert refused.value.code == "resent_enough"
    assert await mails(parts, booked.meeting) == [("invitation", 1)] * 5


async def test_a_coach_books_only_for_own_people(house: House) -> None:
    coach, other = await house.coach(), await house.coach()
    trajectory = await house.trajectory(coach)
    house._planner = other

    with pytest.raises(NotFound):
        await house.book(trajectory, "2027-03-03T14:00", mode=Mode.PHONE)
    house._planner = coach
    await house.book(trajectory, "2027-03-03T14:00", mode=Mode.PHONE)


async def test_judging_a_booking_changes_nothing(sqlite_house: House, sqlite_parts: Parts) -> None:
    trajectory = await sqlite_house.trajectory(await sqlite_house.coach())
    request = BookingRequest(
        trajectory=trajectory,
        kind=MeetingKind.PROGRESS,
        mode=Mode.VIDEO,
        starts_local=datetime.fromisoformat("2027-03-03T14:00"),
        minutes=45,
        room=None,
    )

    verdict = await judge_booking(
        sqlite_parts, await sqlite_house.planner(), request, now=sqlite_parts.now()
    )

    assert not verdict.allowed
    assert await rows(sqlite_parts, meeting) == []
