"""What people changed in calendars is decided here: by the rules at once, or left to a planner.

The table of decisions stands in `coaching.calendar_wishes`. Each wish has a transaction of its own,
after the round that noted it: one that cannot be decided keeps no other back, and a crash in
between leaves it as it was noted.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from calendar_sync import watching
from coaching import calendar_wishes
from coaching.calendar_wishes import Course, Decision, Situation, Wanted
from coaching.errors import TweespraakError
from coaching.verdict import Verdict
from coaching.words import Language, MeetingStatus, Mode
from server.store import attention, calendars, meetings, notices, people, proposals
from server.store.calendars import MirrorRecord
from server.store.database import Tx
from server.store.proposals import ProposalRecord
from server.texts import words_for
from server.usecases.announcing import tell_calendar
from server.usecases.appointments import known_meeting
from server.usecases.attention import TodoCode
from server.usecases.context import Parts
from server.usecases.standing import move_appointment
from server.usecases.wished_times import Finding, find_out, left_to_a_person
from server.usecases.withdrawing import from_same

CALENDAR = "calendar"  # the actor, where nobody else decided
_DAY = timedelta(days=1)
_log = structlog.get_logger("tweespraak.calendars")


async def settle_wishes(parts: Parts, *, now: datetime) -> int:
    """Decide about everything that was noted and not looked at; gives how many there were.

    Nothing is raised for one that cannot be decided now: it waits for the next time.
    """
    async with parts.database.read() as tx:
        waiting = await proposals.to_settle(tx)
    for one in waiting:
        try:
            await parts.database.run(partial(_settle, parts, one, now=now))
        except TweespraakError as error:
            _log.warning("wish_not_settled", proposal=str(one.id), code=error.code)
    return len(waiting)


async def put_back(
    tx: Tx, meeting: meetings.MeetingRecord, proposal: ProposalRecord, *, now: datetime
) -> None:
    """Let the calendar say again what the meeting is; a removed event comes back under a new name.

    Nobody but the calendar hears of it: for the candidate nothing changed.
    """
    mirror = await _mirror(tx, proposal)
    if mirror is None:
        return
    agreed = watching.from_record(mirror.base)
    if mirror.state == "present" and agreed is not None:
        await proposals.change_mirror(tx, mirror.id, synced_revision=agreed.revision - 1)
    reason = f":back:{proposal.id}:{now.timestamp():.0f}"
    await tell_calendar(
        tx, meeting.id, mirror.connection_id, meeting.revision, again=reason, now=now
    )


async def tell_coach(
    parts: Parts,
    tx: Tx,
    meeting: meetings.MeetingRecord,
    code: str,
    *,
    why: str = "",
    verdict: Verdict | None = None,
    now: datetime,
) -> None:
    """Leave the coach a notice of what became of the change; `why` is said in words."""
    coach = await people.staff_by_id(tx, meeting.coach_id)
    candidate = await people.candidate_by_id(tx, meeting.candidate_id)
    if coach is None or candidate is None:
        return
    words = words_for(Language(coach.language), parts.settings.tz)
    params = {
        "candidate": candidate.name,
        "when": f"{words.short_day(meeting.starts_at)}, {words.short_clock(meeting.starts_at)}",
        "why": said_why(why, verdict, Language(coach.language), parts) if why else "",
    }
    await notices.add_notice(
        tx, meeting.coach_id, code=code, params=params, meeting_id=meeting.id, now=now
    )


def said_why(why: str, verdict: Verdict | None, language: Language, parts: Parts) -> str:
    """A reason in words: the sentence of a rule, or of what stands in the way."""
    if verdict is not None and verdict.reasons and verdict.leading_rule == why:
        return verdict.reasons[0].staff.to(language)
    words = words_for(language, parts.settings.tz)
    key = f"proposal.why_{why}"
    return words.say(key) if words.texts.has(key) else words.say("proposal.why_rule", rule=why)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One wish, with the meeting kept from others, in its own transaction."""

    parts: Parts
    tx: Tx
    meeting: meetings.MeetingRecord
    found: ProposalRecord
    mirror: MirrorRecord | None
    now: datetime

    async def settle(self) -> Decision:
        """Decide, and do it."""
        about = await self._situation()
        decision = calendar_wishes.before_rules(about, now=self.now)
        finding = Finding(code=None)
        if decision is None:
            finding = await self._ask_rules()
            decision = calendar_wishes.after_rules(about, finding.code)
        match decision.course:
            case Course.NOTHING:
                await proposals.withdraw(self.tx, [self.found.id], now=self.now)
            case Course.ACCEPT:
                await self._accept(finding)
            case Course.PUT_BACK:
                await self._put_back_once(decision.why, finding.verdict)
            case Course.ASK:
                await self._ask(decision.why, finding.verdict)
        return decision

    async def _situation(self) -> Situation:
        meeting, mirror = self.meeting, self.mirror
        agreed = watching.from_record(mirror.base) if mirror else None
        history = await meetings.events_of(self.tx, meeting.id)
        since = self.now - _DAY
        return Situation(
            wanted=Wanted(self.found.kind),
            odd=self.found.why or None,
            status=MeetingStatus(meeting.status),
            mode=Mode(meeting.mode),
            starts_at=meeting.starts_at,
            ends_at=meeting.ends_at,
            changed_here=agreed is None or agreed.revision != meeting.revision or not agreed.seen,
            put_back_before=mirror is not None
            and (mirror.put_back or "").startswith(f"{meeting.revision}:"),
            accepted_today=sum(
                one.what == "moved" and one.actor == CALENDAR and one.at > since for one in history
            ),
        )

    async def _ask_rules(self) -> Finding:
        """What stands in the way of the new time, with the time kept from others."""
        found, meeting = self.found, self.meeting
        trajectory = await people.trajectory_by_id(self.tx, meeting.trajectory_id)
        if trajectory is None or found.starts_at is None or found.ends_at is None:
            return Finding(code="starts_bad")
        finding = await find_out(
            self.parts,
            self.tx,
            meeting,
            trajectory,
            starts_at=found.starts_at,
            ends_at=found.ends_at,
            now=self.now,
            claims=True,
        )
        if finding.code is not None or finding.slot is None:
            return finding
        left = await left_to_a_person(self.parts, self.tx, meeting, finding.slot, now=self.now)
        return replace(finding, code=left)

    async def _accept(self, finding: Finding) -> None:
        if finding.slot is None or finding.verdict is None:
            return
        await move_appointment(
            self.parts,
            self.tx,
            self.meeting,
            finding.slot,
            verdict=finding.verdict,
            actor=CALENDAR,
            now=self.now,
            tells_host=False,
        )
        await self._decide("automatic", "")
        moved = await known_meeting(self.tx, self.meeting.id)
        await tell_coach(self.parts, self.tx, moved, "change_accepted", now=self.now)

    async def _put_back_once(self, why: str, verdict: Verdict | None) -> None:
        if self.mirror is not None:
            mark = f"{self.meeting.revision}:{self.found.digest}"[:64]
            await proposals.change_mirror(self.tx, self.mirror.id, put_back=mark)
        await put_back(self.tx, self.meeting, self.found, now=self.now)
        await self._decide("put_back", why)
        await self._write_down("change_put_back")
        await self._tell("change_put_back", why, verdict)

    async def _ask(self, why: str, verdict: Verdict | None) -> None:
        await self._decide(proposals.OPEN, why)
        await self._write_down(f"wish_{self.found.kind}")
        await self._add_line()
        await self._tell("change_asked", why, verdict)

    async def _decide(self, state: str, why: str) -> None:
        await proposals.decide(self.tx, self.found.id, state=state, why=why, by=None, now=self.now)

    async def _write_down(self, what: str) -> None:
        await meetings.add_event(self.tx, self.meeting.id, at=self.now, actor=CALENDAR, what=what)

    async def _tell(self, code: str, why: str, verdict: Verdict | None) -> None:
        await tell_coach(
            self.parts, self.tx, self.meeting, code, why=why, verdict=verdict, now=self.now
        )

    async def _add_line(self) -> None:
        """The line in "vraagt aandacht"; a wish that is opened again gets a line of its own."""
        meeting, now = self.meeting, self.now
        await attention.add_todo(
            self.tx,
            dedupe_key=proposals.line_key(self.found.id, self.found.at),
            staff_id=meeting.coach_id,
            candidate_id=meeting.candidate_id,
            trajectory_id=meeting.trajectory_id,
            meeting_id=meeting.id,
            code=TodoCode.CALENDAR_CHANGED,
            params={"proposal": str(self.found.id)},
            urgency=3,
            due_at=max(now, min(now + _DAY, meeting.starts_at)),
            at=now,
        )


async def _settle(parts: Parts, noted: ProposalRecord, tx: Tx, *, now: datetime) -> None:
    meeting = await meetings.meeting_to_change(tx, noted.meeting_id)
    found = await proposals.proposal_by_id(tx, noted.id)
    if meeting is None or found is None or found.state != noted.state:
        return
    if await _overtaken(tx, found, now=now):
        return
    mirror = await _mirror(tx, found)
    case = _Case(parts=parts, tx=tx, meeting=meeting, found=found, mirror=mirror, now=now)
    decision = await case.settle()
    _log.info("wish_settled", meeting=str(meeting.id), course=str(decision.course))


async def _overtaken(tx: Tx, found: ProposalRecord, *, now: datetime) -> bool:
    """Whether the same calendar asks something newer; what it asked before is withdrawn."""
    others = await from_same(tx, found.meeting_id, found.connection_id)
    newest = max(others, key=lambda one: (one.at, one.id), default=found)
    await proposals.withdraw(tx, [one.id for one in others if one.id != newest.id], now=now)
    return newest.id != found.id


async def _mirror(tx: Tx, found: ProposalRecord) -> MirrorRecord | None:
    if found.connection_id is None:
        return None
    return await calendars.mirror_of(tx, found.meeting_id, found.connection_id)
