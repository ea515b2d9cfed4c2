"""Who was there and who was seen: *held*, *seen* and the steps of rule R5.

The browser that receives the picture attests it (5.2 "seen"), never the one that sends it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final, assert_never

from coaching.settings import VERSION_1, BlendSettings
from coaching.words import Role


def decide_held(joint_seconds: int, settings_seconds: int) -> bool:
    """Whether a video talk of `joint_seconds` together was held (5.2 "held")."""
    return joint_seconds >= settings_seconds


class SeenStage(StrEnum):
    """How far it has come for somebody who is not seen (R5)."""

    NONE = "none"
    BANNER = "banner"
    QUESTION = "question"
    FAILED = "failed"  # R19 begins
    BACK = "back"  # seen again; only ever an alarm


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """`by` says whether the other is seen; `reason` is black, frozen or no_frames."""

    by: Role
    seen: bool
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Tick:
    """Time went by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenAlarm:
    """`who` has not been seen for `seconds`, or is seen again (`BACK`)."""

    who: Role
    stage: SeenStage
    seconds: int
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Whether one person is seen. `unseen_since` (ms) is None when seen, waived or at rest."""

    unseen_since: int | None
    stage: SeenStage = SeenStage.NONE
    reason: str | None = None
    seen: bool = False
    waived: bool = False
    attested: bool = False  # the other has said whether this one is seen
    heard_ms: int | None = None  # when the other last said so; None also after a rest

    def attested_ms(self, from_ms: int, passed_ms: int) -> int:
        """For how long of `passed_ms` from `from_ms` on a word of the other holds that they see."""
        if self.waived:
            return passed_ms
        if not self.seen or self.heard_ms is None:
            return 0
        return max(0, min(passed_ms, self.heard_ms + WORD_HOLDS_MS - from_ms))


# A page says every 10 s what it sees; one that said nothing for longer vouches for nothing.
WORD_HOLDS_MS: Final = 30_000
_WAIVED: Final = Sight(unseen_since=None, seen=True, waived=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenTime:
    """How long two were together, how long both were seen, how often they differed on it (E13).

    `coach_ms` and `candidate_ms`: how long this one was seen by a word of the other that was fresh.
    """

    joint_ms: int = 0
    both_seen_ms: int = 0
    differences: int = 0
    coach_ms: int = 0
    candidate_ms: int = 0

    def __add__(self, more: "SeenTime") -> "SeenTime":
        """The two stretches of a talk together."""
        return SeenTime(
            joint_ms=self.joint_ms + more.joint_ms,
            both_seen_ms=self.both_seen_ms + more.both_seen_ms,
            differences=self.differences + more.differences,
            coach_ms=self.coach_ms + more.coach_ms,
            candidate_ms=self.candidate_ms + more.candidate_ms,
        )

    @property
    def attested_seconds(self) -> int:
        """Whole seconds of media that both sides vouch for: the smaller of the two."""
        return min(self.coach_ms, self.candidate_ms) // 1000

    def counts_as_online(self, settings: BlendSettings = VERSION_1) -> bool:
        """Whether both were seen during enough of the joint time (5.2 "online talk")."""
        needed = settings.online_seen_percent * self.joint_ms
        return self.joint_ms > 0 and 100 * self.both_seen_ms >= needed


NO_SIGHT: Final = SeenTime()


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenWatch:
    """Both directions of one talk, by the person who should be seen. Times in milliseconds."""

    sights: Mapping[Role, Sight]
    last_ms: int
    time: SeenTime = NO_SIGHT

    @classmethod
    def begin(cls, now_ms: int, *, waived: frozenset[Role] = frozenset()) -> "SeenWatch":
        """Start watching at the start of the talk: nobody is seen yet."""
        unseen = Sight(unseen_since=now_ms)
        sights = {role: _WAIVED if role in waived else unseen for role in Role}
        return cls(sights=MappingProxyType(sights), last_ms=now_ms)

    def step(
        self, event: Attestation | Tick, now_ms: int, settings: BlendSettings = VERSION_1
    ) -> tuple["SeenWatch", tuple[SeenAlarm, ...]]:
        """Take in what happened at `now_ms`; each stage is told once."""
        state, alarms = self._pass_time(max(now_ms, self.last_ms), settings)
        match event:
            case Tick():
                return state, alarms
            case Attestation():
                state, more = _hear(state, event)
                return state, alarms + more
            case _:
                assert_never(event)

    def rest(self, now_ms: int, settings: BlendSettings = VERSION_1) -> "SeenWatch":
        """Stop both clocks, because a side is away; the next attestation starts them again."""
        state, _ = self._pass_time(max(now_ms, self.last_ms), settings)
        return replace(
            state,
            sights=MappingProxyType(
                {r: replace(s, unseen_since=None, heard_ms=None) for r, s in state.sights.items()}
            ),
        )

    def time_until(self, now_ms: int) -> SeenTime:
        """What was watched up to `now_ms`, for who wants to know no more than that."""
        passed = max(now_ms, self.last_ms) - self.last_ms
        return self._time_after(passed) if passed else self.time

    def _time_after(self, passed_ms: int) -> SeenTime:
        both = all(sight.seen for sight in self.sights.values())
        return self.time + SeenTime(
            joint_ms=passed_ms,
            both_seen_ms=passed_ms if both else 0,
            coach_ms=self.sights[Role.COACH].attested_ms(self.last_ms, passed_ms),
            candidate_ms=self.sights[Role.CANDIDATE].attested_ms(self.last_ms, passed_ms),
        )

    @property
    def differs(self) -> bool:
        """Whether one of the two says to see the other, and the other does not (E13)."""
        coach, candidate = (self.sights[role] for role in Role)
        return coach.attested and candidate.attested and coach.seen is not candidate.seen

    def counts_as_online(self, settings: BlendSettings = VERSION_1) -> bool:
        """As `SeenTime.counts_as_online`, of what was watched so far."""
        return self.time.counts_as_online(settings)

    def _pass_time(
        self, now_ms: int, settings: BlendSettings
    ) -> tuple["SeenWatch", tuple[SeenAlarm, ...]]:
        sights: dict[Role, Sight] = {}
        alarms: list[SeenAlarm] = []
        for role, sight in self.sights.items():
            reached = _stages_reached(sight, now_ms, settings)
            alarms += [_alarm(role, sight, stage, seconds) for stage, seconds in reached]
            sights[role] = replace(sight, stage=reached[-1][0]) if reached else sight
        state = replace(
            self,
            sights=MappingProxyType(sights),
            last_ms=now_ms,
            time=self._time_after(now_ms - self.last_ms),
        )
        return state, tuple(alarms)


def _hear(state: SeenWatch, event: Attestation) -> tuple[SeenWatch, tuple[SeenAlarm, ...]]:
    who = event.by.other
    before = state.sights[who]
    if before.waived:
        return state, ()
    after, back = _attested(before, event, state.last_ms)
    heard = replace(state, sights=MappingProxyType({**state.sights, who: after}))
    if heard.differs and not state.differs:
        heard = replace(heard, time=heard.time + SeenTime(differences=1))
    return heard, (_alarm(who, before, SeenStage.BACK, 0),) if back else ()


def _stages_reached(
    sight: Sight, now_ms: int, settings: BlendSettings
) -> list[tuple[SeenStage, int]]:
    if sight.unseen_since is None:
        return []
    stages = [
        (SeenStage.BANNER, settings.banner_seconds),
        (SeenStage.QUESTION, settings.question_seconds),
        (SeenStage.FAILED, settings.unseen_seconds),
    ]
    order = [SeenStage.NONE, *(stage for stage, _ in stages)]
    fresh = stages[order.index(sight.stage) :]
    return [(st, sec) for st, sec in fresh if now_ms - sight.unseen_since >= sec * 1000]


def _attested(before: Sight, event: Attestation, now_ms: int) -> tuple[Sight, bool]:
    if event.seen:
        return Sight(
            unseen_since=None, seen=True, attested=True, heard_ms=now_ms
        ), before.stage is not SeenStage.NONE
    since = now_ms if before.unseen_since is None else before.unseen_since
    return replace(
        before,
        unseen_since=since,
        seen=False,
        reason=event.reason,
        attested=True,
        heard_ms=now_ms,
    ), False


def _alarm(who: Role, sight: Sight, stage: SeenStage, seconds: int) -> SeenAlarm:
    return SeenAlarm(who=who, stage=stage, seconds=seconds, reason=sight.reason)
