"""A candidate who falls silent: the rules are asked once a day, and done what they say."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from coaching.engine import judge_silence
from coaching.facts import TalkRecord
from coaching.history import counts
from coaching.quiet import quiet_reason
from coaching.rules.silence import Level, last_seen
from coaching.rules.silence import level as level_due
from coaching.settings import BlendSettings
from coaching.trigger_facts import SilenceFacts, SupportProfile
from coaching.verdict import Action, Verdict
from coaching.wall_time import to_wall
from coaching.words import MeetingStatus, Mode, TrajectoryState
from server.store import attention, people
from server.store.database import Tx
from server.store.meetings import MeetingRecord
from server.usecases.attention import TodoCode, days_paused, last_own_act
from server.usecases.booking_facts import File, is_offer, read_file
from server.usecases.channels import ways_to
from server.usecases.context import Parts, TrajectoryId
from server.usecases.numbers import numbers_at
from server.usecases.offering import offer_three, talks_to_come, undelivered, write_nudge
from server.usecases.todos import write_todo

_NOTHING_PLANNED = "R23"


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """One trajectory, looked at on one day."""

    file: File
    facts: SilenceFacts
    settings: BlendSettings
    verdict: Verdict
    nudges: tuple[attention.NudgeRecord, ...]

    @property
    def rules(self) -> frozenset[str]:
        """Which rules spoke."""
        return frozenset(reason.rule for reason in self.verdict.reasons)

    def level(self, now: datetime) -> Level:
        """Which level of 5.6 is due."""
        return level_due(self.facts, self.settings, now) if "R22" in self.rules else Level.NONE


def silence_key(trajectory: UUID, now: datetime, settings: BlendSettings) -> str:
    """The key of today's look at a trajectory."""
    return f"silence:{trajectory}:{to_wall(now, settings.zone).date()}"


async def run_silence(parts: Parts, trajectory: TrajectoryId, *, now: datetime) -> bool:
    """Ask the rules about a silence (R22 to R24, within R26) and do what they say.

    False when somebody asked today, or it is too early or no working day.

    Rows for a nudge: kind TEXT where there is a number, else MAIL, with `{"template": "nudge",
    "rule", "level", "nudge": id, "candidate", "trajectory", "group"}`; its link is `/n/<token>`
    with `parts.secret.invitation_token(nudge id)`.
    """

    async def work(tx: Tx) -> bool:
        found = await people.trajectory_by_id(tx, trajectory)
        if found is None or found.state != TrajectoryState.ACTIVE:
            return False
        settings = await numbers_at(tx, now, parts.settings.tz)
        await people.candidate_to_change(tx, found.candidate_id)
        if not await attention.take_moment(tx, silence_key(trajectory, now, settings), now=now):
            return False
        silence = await look_at_silence(tx, found, settings, now=now)
        await _follow(parts, tx, silence, now=now)
        return True

    return await parts.database.run(work)


async def look_at_silence(
    tx: Tx, trajectory: people.TrajectoryRecord, settings: BlendSettings, *, now: datetime
) -> Silence:
    """How the rules see this silence by these numbers. Reads only."""
    file = await read_file(tx, trajectory)
    acted = (await attention.last_activity(tx, [file.candidate.id])).get(file.candidate.id)
    nudges = await attention.nudges_of_candidate(tx, file.candidate.id)
    told = await attention.last_todo(tx, trajectory.id, TodoCode.NOTHING_PLANNED)
    elsewhere = await talks_to_come(tx, file.candidate.id, now=now)
    facts = silence_facts(file, acted, nudges, told, settings, now=now, elsewhere=elsewhere)
    if not await ways_to(tx, file.candidate):  # then the call that was asked for is level 2
        phoned = await attention.last_todo(tx, trajectory.id, TodoCode.SILENT)
        facts = replace(facts, level_two_at=facts.level_two_at or phoned)
    return Silence(
        file=file,
        facts=facts,
        settings=settings,
        verdict=judge_silence(facts, settings, now),
        nudges=nudges,
    )


def silence_facts(
    file: File,
    acted: datetime | None,
    nudges: tuple[attention.NudgeRecord, ...],
    told: datetime | None,
    settings: BlendSettings,
    *,
    now: datetime,
    elsewhere: Sequence[datetime] = (),
) -> SilenceFacts:
    """What the rules look at; `elsewhere`: this candidate's talks to come with others. Pure."""
    trajectory = file.trajectory
    sent = [one for one in nudges if one.failed_at is None]
    own = [one for one in sent if one.rule == "R22" and one.trajectory_id == trajectory.id]
    coming = [one.starts_at for one in file.meetings if _comes(one, now)]
    held = [one for one in file.history() if one.status is MeetingStatus.HELD]
    talks = [one.starts_at for one in held if counts(one.kind, one.mode, one.minutes, settings)]
    seen = [one.starts_at for one in held if _saw_each_other(one)]
    last_talk = max(talks, default=None)
    return SilenceFacts(
        trajectory_state=TrajectoryState(trajectory.state),
        profile=SupportProfile(trajectory.profile),
        last_own_activity=last_own_act(file, acted),
        paused_days=days_paused(file, acted),
        nudged_at=tuple(one.at for one in sent),
        level_one_at=max((one.at for one in own if one.level == Level.NUDGE), default=None),
        level_two_at=max((one.at for one in own if one.level == Level.PHONE), default=None),
        next_talk_at=min(coming, default=None),
        any_talk_at=min([*coming, *elsewhere], default=None),
        last_talk_at=last_talk,
        cadence_days=trajectory.cadence_days,
        coach_told_at=told if told and last_talk and told >= last_talk else None,
        last_seen_contact=max(seen, default=None),
        guided_since=trajectory.created_at,
        undelivered=undelivered(nudges),
    )


def _comes(meeting: MeetingRecord, now: datetime) -> bool:
    planned = meeting.status == MeetingStatus.PLANNED and meeting.starts_at > now
    return planned and not is_offer(meeting)


def _saw_each_other(talk: TalkRecord) -> bool:
    """Whether a held talk is seen contact (5.2): a video talk without a picture is none."""
    return talk.mode is Mode.OFFLINE or (talk.mode is Mode.VIDEO and talk.counts_as_online)


async def _follow(parts: Parts, tx: Tx, silence: Silence, *, now: datetime) -> None:
    """At most one message goes out, whatever the number of rules that want one."""
    trajectory, facts = silence.file.trajectory, silence.facts
    since = facts.last_own_activity.isoformat()
    if "R26" in silence.rules:
        await _todo(tx, silence, TodoCode.UNREACHABLE, str(silence.nudges[-1].id), now=now)
        return
    if _NOTHING_PLANNED in silence.rules and facts.coach_told_at is None:
        about = str(facts.last_talk_at)
        await _todo(tx, silence, TodoCode.NOTHING_PLANNED, about, now=now)
    due = silence.level(now)
    if due is Level.PHONE:
        await _todo(tx, silence, TodoCode.SILENT, since, now=now)
    if due in (Level.NUDGE, Level.PHONE):
        if Action.NUDGE in silence.verdict.actions:
            await write_nudge(parts, tx, trajectory, rule="R22", level=due, now=now)
    elif due is Level.OFFLINE:
        await _meet_again(parts, tx, silence, "R22", since, now=now)
    elif "R24" in silence.rules:
        await _meet_again(parts, tx, silence, "R24", str(last_seen(facts)), now=now)
    elif (
        _NOTHING_PLANNED in silence.rules
        and Action.NUDGE in silence.verdict.actions
        and await ways_to(tx, silence.file.candidate)  # nobody else would tell of held times
    ):
        await _offer(parts, tx, trajectory, _NOTHING_PLANNED, Level.NUDGE, now=now)


async def _meet_again(
    parts: Parts, tx: Tx, silence: Silence, rule: str, since: str, *, now: datetime
) -> None:
    """A to-do at once; times and a message as soon as R26 lets one out, once for one silence."""
    trajectory, facts = silence.file.trajectory, silence.facts
    await _todo(tx, silence, TodoCode.MEET_AGAIN, f"{rule}:{since}", now=now)
    if quiet_reason(facts, silence.settings, now) is not None:
        return
    key = f"meet_again:{trajectory.id}:{rule}:{since}"
    if not await attention.take_moment(tx, key, now=now):
        return
    await _offer(parts, tx, trajectory, rule, Level.OFFLINE, now=now)


async def _offer(
    parts: Parts,
    tx: Tx,
    trajectory: people.TrajectoryRecord,
    rule: str,
    level: Level,
    *,
    now: datetime,
) -> None:
    """A message with times to choose, where there are any."""
    offered = await offer_three(
        parts, tx, trajectory, minutes=trajectory.minutes, actor="system", now=now
    )
    group = offered.group if offered.meetings else None
    await write_nudge(parts, tx, trajectory, rule=rule, level=level, group=group, now=now)


async def _todo(tx: Tx, silence: Silence, code: TodoCode, about: str, *, now: datetime) -> None:
    candidate = silence.file.candidate
    params = {"candidate": candidate.name, "phone": candidate.phone or ""}
    await write_todo(
        tx, code, silence.file.trajectory, about=about, due_at=now, now=now, params=params
    )
