"""The room, row by row of the protocol's tables, and over many random steps."""

import json
import os
import random
from uuid import UUID

import pytest

from coaching.words import Role
from signaling.messages import (
    Admit,
    Attest,
    Camera,
    Candidate,
    Cause,
    Checked,
    Description,
    Ended,
    Error,
    ErrorCode,
    FromBrowser,
    Knock,
    Leave,
    Left,
    Media,
    NotSeen,
    NotSeenReason,
    OtherDevice,
    Peer,
    Ping,
    Quality,
    RelayedCandidate,
    RelayedDescription,
    RelayedTrouble,
    RenewIce,
    Restart,
    SecondDevice,
    SeenAgain,
    Shown,
    Superseded,
    TakeOver,
    Trouble,
    Waiting,
)
from signaling.room import step
from signaling.room_events import (
    Begin,
    Close,
    Effect,
    Event,
    GiveIce,
    Greet,
    Joined,
    JointTime,
    Lost,
    NoticeQuality,
    NoticeTrouble,
    NoticeUnseen,
    Restarted,
    Resumed,
    Said,
    Send,
    SessionEnded,
    ThirdTried,
    Ticked,
    Troubled,
)
from signaling.room_state import RoomState, Seat, read_state, write_state
from signaling.states import SEAT_TABLE, Answer, Phase, SeatEvent, SeatStatus
from tests.seeds import seed_of_run

pytestmark = pytest.mark.unit

COACH, CANDIDATE, STRANGER = (str(UUID(int=n)) for n in (1, 2, 3))
PEOPLE = {Role.COACH: COACH, Role.CANDIDATE: CANDIDATE}
LIVE = Camera(live=True, verdict=None)
READY = Shown(live=True, verdict=None, camera=True, microphone=True)
NOW = 1_800_000_000.0


class Play:
    """A room and what it said, step by step."""

    def __init__(self) -> None:
        self.now = NOW
        self.state = RoomState(
            meeting=str(UUID(int=9)),
            coach=Seat(person=COACH, name="Anna"),
            candidate=Seat(person=CANDIDATE, name="Sem"),
            candidate_phone="+31612345678",
        )
        self.effects: tuple[Effect, ...] = ()
        self.reported = 0

    def do(self, event: Event, *, after: float = 0.0) -> "Play":
        self.now += after
        self.state, self.effects = step(self.state, event, self.now)
        return self

    def say(self, connection: str, message: FromBrowser, *, after: float = 0.0) -> "Play":
        return self.do(Said(connection=connection, message=message), after=after)

    def join(
        self,
        role: Role,
        connection: str,
        device: str = "",
        person: str = "",
        shown: Shown | None = None,
    ) -> "Play":
        device = device or f"{role} device"
        return self.do(
            Joined(
                connection=connection,
                role=role,
                person=person or PEOPLE[role],
                name="x",
                device=device,
                shown=shown,
            )
        )

    def resume(
        self,
        role: Role,
        connection: str,
        generation: int,
        epoch: int = 1,
        shown: Shown | None = None,
    ) -> "Play":
        device = f"{role} device"
        return self.do(
            Resumed(
                connection=connection,
                role=role,
                device=device,
                generation=generation,
                epoch=epoch,
                shown=shown,
            )
        )

    def talk(self) -> "Play":
        self.join(Role.CANDIDATE, "k").say("k", LIVE)
        return self.join(Role.COACH, "c").say("c", LIVE).say("c", Admit())

    def said(self, connection: str) -> list[object]:
        return [
            e.message for e in self.effects if isinstance(e, Send) and e.connection == connection
        ]

    def of(self, kind: type) -> list[object]:
        return [e for e in self.effects if isinstance(e, kind)]


def held(role: Role = Role.CANDIDATE) -> Play:
    return Play().join(role, "1")


def away(role: Role = Role.CANDIDATE) -> Play:
    return held(role).do(Lost(connection="1"))


def test_seat_table_is_the_table_of_the_protocol() -> None:
    empty, held_, away_ = SeatStatus
    sits = {cell for cell, (_, answer) in SEAT_TABLE.items() if answer is Answer.SIT}

    assert sits == {
        (empty, SeatEvent.JOIN),
        (empty, SeatEvent.TAKE_OVER),
        (held_, SeatEvent.JOIN_SAME_DEVICE),
        (held_, SeatEvent.TAKE_OVER),
        (held_, SeatEvent.RESUME),
        (away_, SeatEvent.JOIN_SAME_DEVICE),
        (away_, SeatEvent.TAKE_OVER),
        (away_, SeatEvent.RESUME),
    }


def test_first_join_holds_the_seat() -> None:
    play = held()

    assert play.state.candidate.status is SeatStatus.HELD
    assert play.of(Greet) == [Greet(connection="1", role=Role.CANDIDATE)]


def test_two_pages_that_come_in_ready_may_be_admitted_at_once() -> None:
    play = Play().join(Role.CANDIDATE, "k", shown=READY).join(Role.COACH, "c", shown=READY)
    assert Knock(name="Sem", camera=True, verdict=None) in play.said("c")

    play.say("c", Admit())

    assert {begin.connection for begin in play.of(Begin)} == {"k", "c"}
    assert play.of(Send) == []


def test_page_that_comes_in_without_a_camera_is_not_admitted() -> None:
    blocked = Shown(live=False, verdict="BROWSER_BLOCKED", camera=False, microphone=True)
    play = Play().join(Role.CANDIDATE, "k", shown=blocked).join(Role.COACH, "c", shown=READY)
    assert Knock(name="Sem", camera=False, verdict="BROWSER_BLOCKED") in play.said("c")

    assert play.say("c", Admit()).said("c") == [Error(code=ErrorCode.CAMERA_NEEDED, retry=True)]


def test_page_that_joins_the_talk_anew_and_ready_starts_at_once() -> None:
    play = Play().talk().join(Role.CANDIDATE, "k2", shown=READY)

    assert {begin.connection for begin in play.of(Begin)} == {"k2", "c"}
    assert play.state.epoch == 2


def test_take_over_forgets_what_the_page_showed_when_it_was_asked() -> None:
    play = Play().talk().join(Role.COACH, "c2", "other device", shown=READY)

    play.say("c2", TakeOver())
    assert play.of(Begin) == []

    assert {begin.connection for begin in play.say("c2", LIVE).of(Begin)} == {"c2", "k"}


def test_resume_tells_what_was_switched_off_meanwhile() -> None:
    play = Play().talk().do(Lost(connection="k"))
    muted = Shown(live=True, verdict=None, camera=False, microphone=False)

    play.resume(Role.CANDIDATE, "k2", 1, shown=muted)

    assert Peer(present=True, camera=False, microphone=False) in play.said("c")
    assert play.of(Begin) == []


def test_same_device_sits_down_again_and_the_old_page_is_superseded() -> None:
    play = held().join(Role.CANDIDATE, "2")

    assert play.state.candidate.connection == "2"
    assert play.said("1") == [Superseded()]
    assert Close(connection="1", code=4409) in play.effects


@pytest.mark.parametrize("before", [held, away])
def test_other_device_is_asked_and_nothing_moves(before) -> None:  # noqa: ANN001 -- a function
    play = before()
    sitting = play.state.candidate.connection

    play.join(Role.CANDIDATE, "2", device="phone")

    assert play.said("2") == [SecondDevice()]
    assert play.state.candidate.connection == sitting


@pytest.mark.parametrize("before", [held, away])
def test_take_over_seats_the_newcomer(before) -> None:  # noqa: ANN001 -- a function
    play = before().join(Role.CANDIDATE, "2", device="phone").say("2", TakeOver())

    assert (play.state.candidate.connection, play.state.candidate.device) == ("2", "phone")
    assert play.state.candidate.asked == ()


def test_coach_hears_that_the_candidate_moved_to_another_device_before_the_talk() -> None:
    play = Play().join(Role.COACH, "c", shown=READY).join(Role.CANDIDATE, "k", shown=READY)
    play.join(Role.CANDIDATE, "k2", "phone", shown=READY).say("k2", TakeOver())
    assert play.said("c").count(OtherDevice()) == 1
    assert OtherDevice() not in play.said("k2")

    play.join(Role.COACH, "c2", "laptop", shown=READY).say("c2", TakeOver())
    assert not any(OtherDevice() in play.said(page) for page in ("c2", "k2"))


@pytest.mark.parametrize(("lost_after", "together"), [(None, 30), (20, 20)])
def test_other_device_that_takes_over_the_talk_waits_for_the_coach(
    lost_after: float | None, together: int
) -> None:
    play = Play().talk()
    if lost_after is not None:
        play.do(Lost(connection="k"), after=lost_after)
    play.now = NOW + 30
    play.join(Role.CANDIDATE, "k2", "phone", shown=READY).say("k2", TakeOver())

    assert (play.state.phase, play.state.candidate.connection) == (Phase.WAITING, "k2")
    assert play.of(JointTime) == [JointTime(seconds=together, over=False)]
    assert play.said("k2") == [Waiting()]
    assert play.said("c") == [Knock(name="Sem", camera=False, verdict=None), OtherDevice()]
    play.say("k2", LIVE).say("k2", Description(epoch=1, description=Checked("{}")))
    assert play.said("c") == []
    play.join(Role.CANDIDATE, "k3", "phone", shown=READY)  # its page is loaded anew
    assert OtherDevice() in play.said("c")
    assert play.of(Begin) == []

    play.say("c", Admit(), after=5)

    assert {begin.connection for begin in play.of(Begin)} == {"c", "k3"}
    assert play.say("k3", Leave(), after=10).of(JointTime) == [
        JointTime(seconds=together + 10, over=True)
    ]


def test_talk_is_over_when_the_coach_leaves_another_device_at_the_door() -> None:
    play = Play().talk()
    play.now = NOW + 30
    play.join(Role.CANDIDATE, "k2", "phone", shown=READY).say("k2", TakeOver())

    assert play.say("c", Leave(), after=9).of(JointTime) == [JointTime(seconds=30, over=True)]


def test_device_of_the_talk_that_takes_its_seat_back_is_no_other_device() -> None:
    play = Play().talk().join(Role.CANDIDATE, "k2", "phone", shown=READY).say("k2", TakeOver())

    play.join(Role.CANDIDATE, "k3", shown=READY).say("k3", TakeOver())

    assert Close(connection="k2", code=4409) in play.effects
    assert play.said("c") == [Knock(name="Sem", camera=False, verdict=None)]
    assert play.state.phase is Phase.WAITING


def _stood_empty(seconds: float = 60) -> Play:
    play = Play().talk().do(Lost(connection="k"), after=20)
    return play.do(Ticked(), after=seconds)


@pytest.mark.parametrize("restarted", [False, True])
def test_other_device_in_a_seat_that_stood_empty_waits_for_the_coach(restarted: bool) -> None:  # noqa: FBT001 -- table
    play = _stood_empty()
    if restarted:
        play.state = read_state(json.loads(json.dumps(write_state(play.state))))
        play.do(Restarted()).resume(Role.COACH, "c", play.state.coach.generation)

    play.join(Role.CANDIDATE, "k2", "phone", shown=READY)

    assert play.said("k2") == [Waiting()]
    assert play.said("c")[-2:] == [Knock(name="Sem", camera=True, verdict=None), OtherDevice()]
    assert not play.of(Begin)
    assert play.of(JointTime) == [JointTime(seconds=20, over=False)]
    play.say("k2", Description(epoch=1, description=Checked("{}"))).say("k2", RenewIce())
    assert play.said("c") == []
    assert not play.of(GiveIce)

    play.say("c", Admit(), after=5)

    assert {begin.connection for begin in play.of(Begin)} == {"c", "k2"}
    assert play.state.joint_since == play.now


def test_same_device_comes_straight_back_to_a_seat_that_stood_empty() -> None:
    play = _stood_empty(3600).join(Role.CANDIDATE, "k2", shown=READY)

    assert {begin.connection for begin in play.of(Begin)} == {"c", "k2"}
    assert OtherDevice() not in play.said("c")


def test_device_that_was_let_in_anew_is_the_one_that_comes_straight_back() -> None:
    play = _stood_empty().join(Role.CANDIDATE, "k2", "phone", shown=READY).say("c", Admit())
    play.say("k2", Leave())

    assert play.join(Role.CANDIDATE, "k3", "phone", shown=READY).state.phase is Phase.TALKING
    play.say("k3", Leave()).join(Role.CANDIDATE, "k4", shown=READY)
    assert play.said("k4") == [Waiting()]


def test_device_that_was_asked_waits_too_when_the_seat_stood_empty_before_its_yes() -> None:
    play = Play().talk().do(Lost(connection="k"))
    play.join(Role.CANDIDATE, "k2", "phone", shown=READY).do(Ticked(), after=60)

    play.say("k2", TakeOver()).say("k2", LIVE)

    assert play.state.phase is Phase.WAITING
    assert play.said("c") == [Knock(name="Sem", camera=True, verdict=None), OtherDevice()]


def test_coach_who_left_comes_back_on_any_device_without_a_question() -> None:
    play = Play().talk().say("c", Leave()).join(Role.COACH, "c2", "laptop", shown=READY)

    assert {begin.connection for begin in play.of(Begin)} == {"c2", "k"}


def test_coach_who_comes_anew_hears_that_another_device_waits() -> None:
    play = _stood_empty().join(Role.CANDIDATE, "k2", "phone", shown=READY)

    play.join(Role.COACH, "c2", shown=READY)

    assert OtherDevice() in play.said("c2")
    assert not play.of(Begin)


def test_take_over_after_the_old_page_left_still_seats_the_newcomer() -> None:
    play = held().join(Role.CANDIDATE, "2", device="phone").say("1", Leave())

    assert play.say("2", TakeOver()).state.candidate.connection == "2"


def test_lost_socket_keeps_the_seat_for_sixty_seconds() -> None:
    play = away()

    assert play.do(Ticked(), after=59).state.candidate.status is SeatStatus.AWAY
    assert play.do(Ticked(), after=1).state.candidate.status is SeatStatus.EMPTY


@pytest.mark.parametrize(("generation", "sits"), [(3, True), (2, True), (1, False), (4, False)])
def test_resume_sits_with_the_newest_or_the_last_token_only(generation: int, sits: bool) -> None:  # noqa: FBT001 -- table
    play = away().resume(Role.CANDIDATE, "2", 1).resume(Role.CANDIDATE, "3", 2)

    play.do(Lost(connection="3")).resume(Role.CANDIDATE, "4", generation)

    assert (play.state.candidate.connection == "4") is sits


def test_page_whose_welcomes_were_all_lost_comes_back_with_the_token_it_has() -> None:
    play = away()

    for connection in ("2", "3", "4", "5"):
        play.resume(Role.CANDIDATE, connection, 1).do(Lost(connection=connection))
    play.resume(Role.CANDIDATE, "6", 1)

    assert play.state.candidate.connection == "6"
    assert play.of(Greet) == [Greet(connection="6", role=Role.CANDIDATE)]


def test_socket_that_a_late_frame_of_the_same_page_overtook_may_come_back() -> None:
    play = away().resume(Role.CANDIDATE, "newer", 1)
    newest = play.state.candidate.generation

    play.resume(Role.CANDIDATE, "late", 1)

    assert play.said("newer") == []
    assert Close(connection="newer", code=1001) in play.effects
    play.resume(Role.CANDIDATE, "again", newest)
    assert play.state.candidate.connection == "again"


def test_old_tab_of_the_same_device_does_not_come_back_over_the_new_one() -> None:
    play = away()
    play.join(Role.CANDIDATE, "new tab")

    play.resume(Role.CANDIDATE, "old tab", 1)

    assert play.said("old tab") == [Superseded()]
    assert play.state.candidate.connection == "new tab"


def test_signing_out_frees_a_seat_that_waits_for_its_page() -> None:
    play = Play().talk().do(Lost(connection="k"), after=20)

    play.do(SessionEnded(device="candidate device"), after=20)

    assert play.said("c") == [Left(who=Role.CANDIDATE)]
    assert play.of(JointTime) == [JointTime(seconds=20, over=True)]
    play.resume(Role.CANDIDATE, "later", 1)
    assert Close(connection="later", code=4403) in play.effects


def test_signing_out_closes_the_page_that_was_asked_to_continue() -> None:
    play = held().join(Role.CANDIDATE, "2", device="phone")

    play.do(SessionEnded(device="phone"))

    assert play.effects == (Close(connection="2", code=4401),)
    assert play.state.candidate.asked == ()
    assert play.state.candidate.connection == "1"


def test_room_of_another_version_is_read_without_what_is_not_known() -> None:
    plain = write_state(Play().talk().state)
    plain["later_field"] = plain["coach"]["later_field"] = 1
    del plain["thirds"], plain["coach"]["page"]

    state = read_state(plain)

    assert (state.phase, state.coach.connection, state.thirds) == (Phase.TALKING, "c", 0)


def test_resume_of_an_empty_seat_is_refused_as_not_yours() -> None:
    play = Play().resume(Role.COACH, "1", 0)

    assert Close(connection="1", code=4403) in play.effects


def test_resume_after_another_device_took_over_is_superseded() -> None:
    play = held().join(Role.CANDIDATE, "2", device="phone").say("2", TakeOver())

    play.resume(Role.CANDIDATE, "3", play.state.candidate.generation)

    assert play.said("3") == [Superseded()]
    assert play.state.candidate.connection == "2"


def test_third_person_changes_no_seat_and_the_coach_hears_it() -> None:
    play = Play().talk()
    before = play.state

    play.join(Role.CANDIDATE, "9", person=STRANGER)

    assert (play.state.coach, play.state.candidate) == (before.coach, before.candidate)
    assert Close(connection="9", code=4403) in play.effects
    assert [m.count for m in play.said("c")] == [1]


def test_one_of_the_two_cannot_sit_in_the_other_seat() -> None:
    play = Play().join(Role.COACH, "1", person=CANDIDATE)

    assert play.state.coach.status is SeatStatus.EMPTY
    assert Close(connection="1", code=4403) in play.effects


def test_admit_needs_the_coach_both_people_and_both_cameras() -> None:
    play = Play().join(Role.COACH, "c").say("c", LIVE)
    assert _codes(play.say("c", Admit()), "c") == ["not_now"]
    play.join(Role.CANDIDATE, "k")
    assert _codes(play.say("c", Admit()), "c") == ["camera_needed"]
    assert _codes(play.say("k", Admit()), "k") == ["coach_only"]
    play.say("k", LIVE)

    play.say("c", Admit())

    assert play.state.phase is Phase.TALKING
    assert [(b.connection, b.offer) for b in play.of(Begin)] == [("c", True), ("k", False)]


def _codes(play: Play, connection: str) -> list[str]:
    return [m.code for m in play.said(connection) if isinstance(m, Error)]


def test_second_admit_has_no_effect() -> None:
    assert Play().talk().say("c", Admit()).effects == ()


def test_knock_tells_the_coach_what_is_wrong_with_the_camera() -> None:
    play = Play().join(Role.COACH, "c").join(Role.CANDIDATE, "k")

    play.say("k", Camera(live=False, verdict="BUSY"))

    assert play.said("c") == [Knock(name="Sem", camera=False, verdict="BUSY")]


def test_relay_goes_to_the_other_seat_only_in_the_running_epoch() -> None:
    candidate = Candidate(epoch=1, candidate=Checked("null"))
    play = Play().talk().say("c", candidate)
    assert play.said("k") == [
        RelayedCandidate(epoch=1, candidate=Checked("null"), from_=Role.COACH)
    ]

    play.say("k", Restart(epoch=1))
    assert play.state.epoch == 2
    assert play.say("c", candidate).effects == ()
    assert _codes(play.say("c", Candidate(epoch=3, candidate=Checked("null"))), "c") == ["not_now"]


def test_restart_of_an_older_epoch_makes_no_newer_one() -> None:
    play = Play().talk().say("c", Restart(epoch=1)).say("k", Restart(epoch=1))

    assert play.state.epoch == 2


def test_before_admission_nothing_is_relayed_and_no_servers_are_given() -> None:
    play = Play().join(Role.CANDIDATE, "k").say("k", LIVE)

    assert _codes(play.say("k", Description(epoch=0, description=Checked("{}"))), "k") == [
        "not_now"
    ]
    assert _codes(play.say("k", RenewIce()), "k") == ["not_now"]


def test_renew_ice_gives_servers_in_the_talk() -> None:
    for who in ("c", "k"):
        given = Play().talk().say(who, RenewIce()).of(GiveIce)
        assert {one.connection for one in given} == {"c", "k"}


def test_leave_in_the_talk_reports_joint_time_and_tells_the_other() -> None:
    play = Play().talk().say("k", Leave(), after=90)

    assert play.of(JointTime) == [JointTime(seconds=90, over=True)]
    assert play.said("c") == [Left(who=Role.CANDIDATE)]
    assert play.said("k") == [Ended(joint_seconds=90)]
    assert play.say("c", Leave()).state.phase is Phase.ENDED


def test_joint_time_stops_when_the_socket_was_lost_and_nobody_came_back() -> None:
    play = Play().talk().do(Lost(connection="k"), after=100)

    play.do(Ticked(), after=60)

    assert play.of(JointTime) == [JointTime(seconds=100, over=False)]
    assert play.do(Ticked(), after=500).state.joint_seconds(play.now) == 100


def test_joint_time_runs_on_when_the_socket_comes_back_in_time() -> None:
    play = Play().talk().do(Lost(connection="k"), after=100)

    play.now += 50
    play.resume(Role.CANDIDATE, "k2", 1)

    assert play.say("c", Leave(), after=10).of(JointTime) == [JointTime(seconds=160, over=True)]


def test_joint_time_goes_on_counting_in_a_second_talk() -> None:
    play = Play().talk().say("k", Leave(), after=40).say("c", Leave())

    play.talk().say("k", Leave(), after=5)

    assert play.state.joint_seconds(play.now) == 45


def test_joint_time_is_reported_every_fifteen_seconds() -> None:
    play = Play().talk()
    reports = [play.do(Ticked(), after=1).of(JointTime) for _ in range(45)]

    assert [r[0].seconds for r in reports if r] == [15, 30, 45]


def test_media_that_both_vouch_for_is_reported_and_survives_a_restart() -> None:
    play = Play().talk()
    for page in ("c", "k") * 2:
        play.say(page, Attest(seen=True, reason=None, frames=9), after=10)
    play.state = read_state(json.loads(json.dumps(write_state(play.state))))

    play.say("k", Leave(), after=10)

    (report,) = play.of(JointTime)
    assert isinstance(report, JointTime)
    assert (report.seconds, report.attested_seconds) == (50, 30)


def test_not_seen_is_told_at_thirty_hundred_twenty_and_hundred_eighty_seconds() -> None:
    play = Play().talk()
    told = []
    for second in range(1, 200):
        if second % 10 == 0:
            play.say("k", Attest(seen=False, reason=NotSeenReason.BLACK, frames=9))
            told += [(second, m) for m in play.said("c") if isinstance(m, NotSeen)]
            play.say("c", Attest(seen=True, reason=None, frames=200))
        play.do(Ticked(), after=1)
        told += [(second, m) for m in play.said("c") if isinstance(m, NotSeen)]
        if second > 180:
            break
        if play.of(NoticeUnseen):
            assert second == 180

    coach_unseen = [(s, m.seconds) for s, m in told if m.who is Role.COACH]
    assert coach_unseen == [(30, 30), (120, 120), (180, 180)]


@pytest.mark.parametrize("role", list(Role))
def test_trouble_of_a_page_without_socket_reaches_the_other_who_waits(role: Role) -> None:
    play = Play().join(role.other, "there").do(Troubled(role=role, cause=Cause.CAMERA))

    (told,) = [one for one in play.said("there") if isinstance(one, RelayedTrouble)]
    assert told.from_ is role
    assert (told.phone is not None) == (role is Role.CANDIDATE)
    assert play.of(NoticeTrouble) == [NoticeTrouble(role=role, cause=Cause.CAMERA)]


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("noticed", [True, False])
def test_trouble_while_the_line_of_the_other_is_down_is_told_whenever_it_is_back(
    role: Role,
    noticed: bool,  # noqa: FBT001 -- table: the server knows that the socket is gone
) -> None:
    lost = {Role.COACH: "c", Role.CANDIDATE: "k"}[role.other]
    play = Play().talk()
    if noticed:
        play.do(Lost(connection=lost))
    play.do(Troubled(role=role, cause=Cause.NETWORK))

    said = []
    for connection in ("back", "again"):
        play.resume(role.other, connection, play.state.seat(role.other).generation)
        said.append([one for one in play.said(connection) if isinstance(one, RelayedTrouble)])
        play.do(Lost(connection=connection))

    assert [[one.cause for one in told] for told in said] == [[Cause.NETWORK]] * 2
    assert (said[0][0].phone is not None) == (role is Role.CANDIDATE)


def test_summary_of_the_line_counts_in_the_talk_and_is_passed_over_before() -> None:
    quality = Quality(lost=0, rtt_ms=40, kbps=900, width=640, height=360, relay=False)
    waiting = Play().join(Role.CANDIDATE, "waits").say("waits", quality)
    assert waiting.effects == ()

    play = Play().talk().say("c", quality)
    (kept,) = play.of(NoticeQuality)
    assert kept.quality == quality
    assert len(play.effects) == 1


def test_seen_again_takes_the_banner_away() -> None:
    play = Play().talk().do(Ticked(), after=31)
    assert NotSeen(who=Role.COACH, reason=None, seconds=30) in play.said("k")

    play.say("k", Attest(seen=True, reason=None, frames=200))

    assert play.said("c") == [SeenAgain(who=Role.COACH)]


def test_restart_of_the_server_leaves_both_away_and_the_state_survives_as_json() -> None:
    play = Play().talk().do(Ticked(), after=20)

    play.state = read_state(json.loads(json.dumps(write_state(play.state))))
    play.do(Restarted())

    assert [s.status for s in (play.state.coach, play.state.candidate)] == [SeatStatus.AWAY] * 2
    play.resume(Role.CANDIDATE, "k2", 1).resume(Role.COACH, "c2", 1)
    assert not play.of(Begin)
    assert play.state.epoch == 1


def test_media_switched_off_in_the_waiting_room_is_known_at_the_start() -> None:
    play = Play().join(Role.CANDIDATE, "k").say("k", LIVE)
    play.say("k", Media(camera=True, microphone=False))

    play.join(Role.COACH, "c").say("c", LIVE).say("c", Admit())

    assert Peer(present=True, camera=True, microphone=False) in play.said("c")


# Random steps

STEPS = int(os.environ.get("TWEESPRAAK_SEAT_STEPS", "100000"))


def _random_event(chance: random.Random, state: RoomState) -> Event:
    role = chance.choice(list(Role))
    connection = str(chance.randrange(12))
    device = f"device {chance.randrange(3)}"
    match chance.randrange(12):
        case 0 | 1 | 5:
            person = chance.choice([COACH, CANDIDATE, STRANGER, PEOPLE[role], PEOPLE[role]])
            connection = str(chance.randrange(12, 10**9))
            return Joined(
                connection=connection,
                role=role,
                person=person,
                name="x",
                device=device,
                shown=_random_shown(chance),
            )
        case 2:
            generation = state.seat(role).generation - chance.randrange(-1, 4)
            return Resumed(
                connection=str(chance.randrange(12, 10**9)),
                role=role,
                device=chance.choice([device, state.seat(role).device or device]),
                generation=generation,
                epoch=chance.randrange(4),
                shown=_random_shown(chance),
            )
        case 3 if chance.random() < 0.3:
            return Lost(connection=_someone(chance, state) or connection)
        case 4:
            rare = chance.choice([ThirdTried(), Restarted(), SessionEnded(device=device)])
            return rare if chance.random() < 0.1 else Ticked()
        case _:
            speaker = _someone(chance, state) or connection
            return Said(connection=speaker, message=_random_message(chance, state))


def _random_shown(chance: random.Random) -> Shown | None:
    busy = Shown(live=False, verdict="BUSY", camera=False, microphone=True)
    return chance.choice([None, READY, READY, busy])


def _someone(chance: random.Random, state: RoomState) -> str | None:
    seats = (state.coach, state.candidate)
    known = [s.connection for s in seats if s.connection]
    known += [asked for s in seats for asked, _ in s.asked]
    return chance.choice(known) if known else None


def _random_message(chance: random.Random, state: RoomState) -> FromBrowser:
    epoch = max(0, state.epoch + chance.randrange(-1, 2))
    return chance.choice(
        [
            LIVE, LIVE, LIVE, LIVE, LIVE, Camera(live=False, verdict="BUSY"),
            Admit(), Admit(), Admit(), TakeOver(),
            Description(epoch=epoch, description=Checked("{}")),
            Candidate(epoch=epoch, candidate=Checked("null")),
            Media(camera=chance.random() < 0.5, microphone=True),
            Attest(seen=chance.random() < 0.5, reason=None, frames=9),
            Restart(epoch=epoch), RenewIce(), Trouble(cause=Cause.OTHER), Leave(), Ping(n=1),
        ]
    )  # fmt: skip


def test_over_many_random_steps_there_are_two_seats_for_the_named_two_and_no_leak() -> None:
    chance = random.Random(seed_of_run())  # noqa: S311 -- a seed that can be repeated
    play, talked = Play(), 0
    for _ in range(STEPS):
        before, event = play.state, _random_event(chance, play.state)
        play.do(event, after=chance.choice([0, 0.1, 1, 20]))
        _check(before, event, play)
        talked += play.state.phase is Phase.TALKING
    assert talked > STEPS // 10, talked


def _strange(before: RoomState, after: RoomState) -> bool:
    """Whether another device just took a candidate's seat that stood empty in the talk."""
    was, seat = before.candidate, after.candidate
    taken = was.status is SeatStatus.EMPTY and seat.status is SeatStatus.HELD
    return before.phase is Phase.TALKING and taken and seat.device != was.last_device


def _check(before: RoomState, event: Event, play: Play) -> None:
    state = play.state
    assert (state.coach.person, state.candidate.person) == (COACH, CANDIDATE)
    seated = {state.coach.connection, state.candidate.connection} - {None}
    assert len(seated) <= 2
    assert state.coach.connection is None or state.coach.connection != state.candidate.connection
    assert state.epoch >= before.epoch
    for effect in play.effects:
        if isinstance(effect, JointTime):
            assert effect.seconds >= play.reported
            play.reported = effect.seconds
    for seat in (state.coach, state.candidate):
        assert (seat.connection is not None) == (seat.status is SeatStatus.HELD)
    for effect in play.effects:
        private = isinstance(effect, Begin | GiveIce | Greet) or (
            isinstance(effect, Send)
            and isinstance(effect.message, RelayedDescription | RelayedCandidate)
        )
        if private:
            assert effect.connection in seated
        if isinstance(effect, Begin | GiveIce):
            assert state.phase is Phase.TALKING
            assert not _strange(before, state)
            was_in = before.seat(effect.role).epoch > 0
            assert state.seat(effect.role).camera_live or was_in
    if isinstance(event, Joined) and event.person != PEOPLE[event.role]:
        assert (state.coach, state.candidate) == (before.coach, before.candidate)
        assert Close(connection=event.connection, code=4403) in play.effects
