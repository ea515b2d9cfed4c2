"""How camera and sound do on a candidate's device: tested before, and told when they fail."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from coaching.errors import BadInput, NotFound
from coaching.getting_in import HARMLESS, DeviceVerdict
from coaching.words import MeetingStatus, Mode
from server.secrets import token_hash
from server.store import attention, getting_in, meetings
from server.store.database import Tx
from server.usecases.access import has_old_link, known_trajectory, meeting_of_link
from server.usecases.attention import TodoCode
from server.usecases.context import GuestActor, MeetingId, Parts
from server.usecases.todos import write_todo

_TEST, _TALK = "test", "talk"
_HELP_WITHIN = timedelta(hours=4)  # after a test; in the talk at once
_RECENT = timedelta(hours=2)
_MOST_TOLD = 10  # failures of one talk that a pass ended
_STANDING = (MeetingStatus.PLANNED, MeetingStatus.OPEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTest:
    """What a candidate reads about the test on this device."""

    possible: bool  # there is a video talk to come
    passed_at: datetime | None  # None: not on this device, too long ago, or a talk failed since


async def state_of_test(parts: Parts, token: str, device: str, *, now: datetime) -> OwnTest:
    """Whether this device passed the test for the talk behind a link. Reads only."""
    async with parts.database.read() as tx:
        try:
            found = await meeting_of_link(tx, token)
        except NotFound:
            return OwnTest(possible=False, passed_at=None)
        possible = has_test(found, now=now)
        passed = await _passed(parts, tx, found.candidate_id, device, now=now) if possible else None
    return OwnTest(possible=possible, passed_at=passed)


async def record_test(
    parts: Parts, token: str, verdict: str, *, device: str, now: datetime
) -> None:
    """Keep the outcome of a test; an empty `verdict` says that all of it worked.

    A failure is a to-do for coach and planner, once a day for each reason and talk; a pass ends
    it, and what fails after a pass is told anew.

    Raises:
        BadInput: `verdict_bad`, a code that is not ours.
        NotFound: `link_unknown`, or there is no video talk to come.
    """
    code = read_verdict(verdict)

    async def work(tx: Tx) -> None:
        found = await meeting_of_link(tx, token)
        if not has_test(found, now=now):
            raise NotFound("link_unknown")
        await _record(tx, found, code, place=_TEST, device=device, now=now)

    await parts.database.run(work)


async def record_in_talk(
    parts: Parts, guest: GuestActor, meeting: MeetingId, verdict: str, *, device: str, now: datetime
) -> None:
    """Keep what is in the candidate's way at the door of a talk; empty: it works now.

    Raises:
        BadInput: `verdict_bad`.
        NotFound: `meeting_unknown`, not this candidate's.
    """
    code = read_verdict(verdict)

    async def work(tx: Tx) -> None:
        found = await meetings.meeting_by_id(tx, meeting) if guest.meeting == meeting else None
        if found is None or await has_old_link(tx, guest):
            raise NotFound("meeting_unknown")
        if found.status in _STANDING:
            await _record(tx, found, code, place=_TALK, device=device, now=now)

    await parts.database.run(work)


async def troubles(
    parts: Parts, wanted: Collection[UUID], *, now: datetime
) -> dict[UUID, DeviceVerdict]:
    """What is in the way at the door of these talks now, by meeting. Reads only."""
    async with parts.database.read() as tx:
        newest = await getting_in.newest_of_meetings(tx, wanted, since=now - _RECENT)
    return {
        meeting: DeviceVerdict(row.verdict)
        for meeting, row in newest.items()
        if row.place == _TALK and row.verdict in set(DeviceVerdict)
    }


def read_verdict(verdict: str) -> DeviceVerdict | None:
    """The code, or None for an empty text.

    Raises:
        BadInput: `verdict_bad`.
    """
    if not verdict:
        return None
    try:
        return DeviceVerdict(verdict)
    except ValueError:
        raise BadInput("verdict_bad", field="verdict") from None


def has_test(found: meetings.MeetingRecord, *, now: datetime) -> bool:
    """Whether there is a video talk to come for which a device can be tested."""
    stands = found.status in _STANDING and found.hold_until is None
    return stands and found.mode == Mode.VIDEO and now < found.ends_at


async def _passed(
    parts: Parts, tx: Tx, candidate: UUID, device: str, *, now: datetime
) -> datetime | None:
    if not device:
        return None
    newest = await getting_in.newest_of_device(tx, candidate, token_hash(device))
    since = now - timedelta(days=parts.settings.test_days)
    if newest is None or newest.verdict or newest.at < since:
        return None
    failed = await getting_in.failed_since(tx, candidate, since=newest.at)
    return None if failed else newest.at


async def _record(
    tx: Tx,
    found: meetings.MeetingRecord,
    code: DeviceVerdict | None,
    *,
    place: str,
    device: str,
    now: datetime,
) -> None:
    await getting_in.add_check(
        tx,
        candidate_id=found.candidate_id,
        meeting_id=found.id,
        device=token_hash(device) if device else None,
        place=place,
        verdict=code,
        now=now,
    )
    if code is None:
        await attention.finish_todos(
            tx, now=now, meeting_id=found.id, codes=[TodoCode.DEVICE_FAILED]
        )
    elif code not in HARMLESS and (place, code) != (_TALK, DeviceVerdict.SILENT):
        # At the door nobody has to speak yet: the coach sees it, and that is enough.
        await _tell(tx, found, code, place, now=now)


async def _tell(
    tx: Tx, found: meetings.MeetingRecord, code: DeviceVerdict, place: str, *, now: datetime
) -> None:
    patience = timedelta() if place == _TALK else _HELP_WITHIN
    # In a talk a camera may come and go many times: there once a day stays enough.
    passes = (
        await attention.ended_by_themselves(tx, found.id, TodoCode.DEVICE_FAILED)
        if place == _TEST
        else 0
    )
    # Who tests on and on has been told of: from then on once a day, whatever it is.
    anew = f":{code}:{place}:{now.date()}" + (f":{passes}" if passes else "")
    about = f"{found.id}{anew if passes < _MOST_TOLD else f':{now.date()}'}"
    await write_todo(
        tx,
        TodoCode.DEVICE_FAILED,
        await known_trajectory(tx, found.trajectory_id),
        about=about,
        due_at=min(now + patience, max(found.starts_at, now)),
        now=now,
        meeting=found.id,
        params={"verdict": code, "when": found.local_start.replace("T", " ")},
    )
