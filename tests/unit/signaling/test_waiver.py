"""A talk in which the candidate needs no camera (R4, E9), and what a talk says was seen."""

import pytest

from coaching.words import Role
from signaling.messages import (
    Admit,
    Attest,
    Camera,
    Error,
    FromBrowser,
    Leave,
    NotSeen,
    NotSeenReason,
    Shown,
)
from signaling.room import step
from signaling.room_events import Effect, Event, Joined, JointTime, Lost, Said, Send, Ticked
from signaling.room_state import RoomState, Seat, read_state, write_state
from signaling.states import Phase

pytestmark = pytest.mark.unit

READY = Shown(live=True, verdict=None, camera=True, microphone=True)
SOUND_ONLY = Shown(live=False, verdict=None, camera=False, microphone=True)


class Talk:
    """A room of two, kept as plain JSON between its steps."""

    def __init__(self, *, waived: bool, candidate: Shown = SOUND_ONLY) -> None:
        coach, sem = Seat(person="1", name="Anna"), Seat(person="2", name="Sem")
        self.state = RoomState(meeting="9", coach=coach, candidate=sem)
        self.now = 1_800_000_000.0
        self.heard: list[Effect] = []
        self.join("coach", "1", READY)
        self.join("candidate", "2", candidate, waived=waived)

    def do(self, event: Event, *, after: float = 0.0) -> None:
        self.now += after
        self.state, effects = step(self.state, event, self.now)
        self.state = read_state(write_state(self.state))
        self.heard += effects

    def say(self, who: str, message: FromBrowser, *, after: float = 0.0) -> None:
        self.do(Said(connection=who, message=message), after=after)

    def join(self, role: str, person: str, shown: Shown, *, waived: bool = False) -> None:
        device = f"{role} device"
        self.do(
            Joined(
                connection=role,
                role=Role(role),
                person=person,
                name=role,
                device=device,
                camera_waiver=waived,
                shown=shown,
            )
        )

    def attest(self, sees: tuple[bool, bool], *, after: float) -> None:
        """The coach and the candidate say whether they see the other."""
        for who, seen in zip(("coach", "candidate"), sees, strict=True):
            reason = None if seen else NotSeenReason.NO_FRAMES
            self.say(who, Attest(seen=seen, reason=reason, frames=50), after=after)
            after = 0.0

    def said(self, kind: type) -> list[object]:
        return [
            e.message for e in self.heard if isinstance(e, Send) and isinstance(e.message, kind)
        ]

    @property
    def over(self) -> JointTime:
        return [e for e in self.heard if isinstance(e, JointTime) and e.over][-1]


def test_without_a_camera_nobody_is_let_in_unless_it_is_waived() -> None:
    barred, waived = Talk(waived=False), Talk(waived=True)
    for talk in (barred, waived):
        talk.say("coach", Admit())

    assert (barred.state.phase, len(barred.said(Error))) == (Phase.WAITING, 1)
    assert (waived.state.phase, len(waived.said(Error))) == (Phase.TALKING, 0)
    assert waived.state.candidate.epoch == 1


def test_a_waived_camera_is_never_asked_for_and_the_talk_counts_as_online() -> None:
    talk = Talk(waived=True)
    talk.say("coach", Admit())
    talk.attest((False, True), after=1)
    for _ in range(60):
        talk.attest((False, True), after=10)
        talk.do(Ticked())

    talk.say("candidate", Leave())

    assert talk.said(NotSeen) == []
    assert (talk.over.seconds, talk.over.online, talk.over.differences) == (601, True, 0)


def test_the_coach_must_be_seen_also_when_the_candidate_needs_no_camera() -> None:
    talk = Talk(waived=True)
    talk.say("coach", Admit())
    for _ in range(4):
        talk.attest((False, False), after=10)
        talk.do(Ticked())

    assert {one.who for one in talk.said(NotSeen) if isinstance(one, NotSeen)} == {Role.COACH}


def test_a_waived_candidate_who_comes_back_is_in_the_talk_at_once() -> None:
    talk = Talk(waived=True)
    talk.say("coach", Admit())
    talk.do(Lost(connection="candidate"), after=5)

    talk.join("candidate", "2", SOUND_ONLY, waived=True)

    assert talk.state.candidate.epoch == talk.state.epoch == 2


@pytest.mark.parametrize(("seen_seconds", "online"), [(350, False), (370, True)])
def test_a_talk_is_online_when_both_were_seen_long_enough(
    *, seen_seconds: int, online: bool
) -> None:
    talk = Talk(waived=False, candidate=READY)
    talk.say("coach", Admit())
    talk.attest((True, True), after=0)
    talk.attest((True, False), after=seen_seconds)

    talk.say("coach", Leave(), after=600 - seen_seconds)

    assert (talk.over.seconds, talk.over.online) == (600, online)


def test_each_time_the_two_come_to_differ_is_counted() -> None:
    talk = Talk(waived=False, candidate=READY)
    talk.say("coach", Admit())
    for sees in ((True, True), (True, False), (True, False), (True, True)):
        talk.attest(sees, after=10)
    talk.attest((False, True), after=10)

    talk.say("coach", Leave())

    assert talk.over.differences == 2


def test_a_camera_that_comes_on_later_is_told_as_before() -> None:
    talk = Talk(waived=True)
    talk.say("candidate", Camera(live=True, verdict=None))

    assert talk.state.candidate.camera_live
