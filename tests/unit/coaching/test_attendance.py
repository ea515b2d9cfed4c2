import pytest
from hypothesis import given
from hypothesis import strategies as st

from coaching.attendance import (
    Attestation,
    SeenAlarm,
    SeenStage,
    SeenWatch,
    Tick,
    decide_held,
)
from coaching.words import Role

pytestmark = pytest.mark.unit
BOTH_SEEN = (Attestation(by=Role.COACH, seen=True), Attestation(by=Role.CANDIDATE, seen=True))
BLACK = Attestation(by=Role.COACH, seen=False, reason="black")


def both_seen_at(now_ms: int) -> SeenWatch:
    watch = SeenWatch.begin(now_ms)
    for event in BOTH_SEEN:
        watch, _ = watch.step(event, now_ms)
    return watch


def stages(alarms: tuple[SeenAlarm, ...]) -> list[tuple[Role, SeenStage, int]]:
    return [(alarm.who, alarm.stage, alarm.seconds) for alarm in alarms]


def test_held_begins_at_the_set_number_of_joint_seconds() -> None:
    assert [decide_held(seconds, 600) for seconds in (0, 599, 600, 601)] == [
        False,
        False,
        True,
        True,
    ]


def test_media_counts_for_as_long_as_both_vouch_for_it_and_the_smaller_of_the_two() -> None:
    watch = both_seen_at(0)
    for now_ms in range(10_000, 61_000, 10_000):
        for event in BOTH_SEEN:
            watch, _ = watch.step(event, now_ms)
    assert watch.time_until(60_000).attested_seconds == 60

    for now_ms in range(70_000, 301_000, 10_000):  # the coach's page says no more
        watch, _ = watch.step(BOTH_SEEN[1], now_ms)
    time = watch.time_until(300_000)

    assert (time.coach_ms, time.candidate_ms) == (300_000, 90_000)
    assert time.attested_seconds == 90
    assert time.both_seen_ms == 300_000


def test_media_does_not_count_while_a_side_is_away_or_sees_nothing() -> None:
    rested = both_seen_at(0).rest(10_000)
    assert rested.time_until(50_000).attested_seconds == 10

    black, _ = both_seen_at(0).step(BLACK, 10_000)
    assert black.time_until(50_000).attested_seconds == 10


def test_media_of_somebody_with_a_waiver_is_what_that_side_vouches_for() -> None:
    watch = SeenWatch.begin(0, waived=frozenset({Role.CANDIDATE}))
    watch, _ = watch.step(BOTH_SEEN[1], 5_000)

    assert watch.time_until(20_000).attested_seconds == 15


def test_black_picture_gives_banner_question_and_failure_once_each() -> None:
    watch, _ = both_seen_at(0).step(BLACK, 1_000)

    told = []
    for now_ms in range(2_000, 300_000, 1_000):
        watch, alarms = watch.step(Tick(), now_ms)
        told += [(now_ms, *entry) for entry in stages(alarms)]

    assert told == [
        (31_000, Role.CANDIDATE, SeenStage.BANNER, 30),
        (121_000, Role.CANDIDATE, SeenStage.QUESTION, 120),
        (181_000, Role.CANDIDATE, SeenStage.FAILED, 180),
    ]


def test_repeated_attestations_do_not_restart_the_clock() -> None:
    watch, _ = both_seen_at(0).step(BLACK, 0)

    for now_ms in (10_000, 20_000):
        watch, alarms = watch.step(BLACK, now_ms)
        assert alarms == ()
    watch, alarms = watch.step(BLACK, 30_000)

    assert stages(alarms) == [(Role.CANDIDATE, SeenStage.BANNER, 30)]
    assert alarms[0].reason == "black"


def test_seen_again_takes_the_banner_away_and_stores_no_failure() -> None:
    watch, _ = both_seen_at(0).step(BLACK, 0)
    watch, _ = watch.step(Tick(), 100_000)

    watch, alarms = watch.step(Attestation(by=Role.COACH, seen=True), 100_000)
    _, later = watch.step(Tick(), 400_000)

    assert stages(alarms) == [(Role.CANDIDATE, SeenStage.BACK, 0)]
    assert later == ()


def test_a_short_hitch_is_not_told() -> None:
    watch, _ = both_seen_at(0).step(BLACK, 0)

    watch, alarms = watch.step(Attestation(by=Role.COACH, seen=True), 29_999)

    assert alarms == ()


def test_nobody_attesting_from_the_start_is_not_seen() -> None:
    _, alarms = SeenWatch.begin(0).step(Tick(), 30_000)

    assert {alarm.who for alarm in alarms} == set(Role)


def test_one_late_tick_tells_every_stage_in_order() -> None:
    watch, _ = both_seen_at(0).step(BLACK, 0)

    _, alarms = watch.step(Tick(), 200_000)

    assert [alarm.stage for alarm in alarms] == [
        SeenStage.BANNER,
        SeenStage.QUESTION,
        SeenStage.FAILED,
    ]


def test_a_waived_side_is_never_missed() -> None:
    watch = SeenWatch.begin(0, waived=frozenset({Role.CANDIDATE}))
    watch, _ = watch.step(Attestation(by=Role.CANDIDATE, seen=True), 0)
    watch, _ = watch.step(BLACK, 0)

    watch, alarms = watch.step(Tick(), 600_000)

    assert alarms == ()
    assert watch.counts_as_online()


def test_a_resting_talk_counts_no_absence() -> None:
    watch, _ = both_seen_at(0).step(BLACK, 0)
    watch = watch.rest(20_000)

    watch, alarms = watch.step(Tick(), 500_000)
    watch, again = watch.step(BLACK, 500_000)
    _, banner = watch.step(Tick(), 530_000)

    assert (alarms, again) == ((), ())
    assert [alarm.stage for alarm in banner] == [SeenStage.BANNER]


@pytest.mark.parametrize(("seen_ms", "online"), [(59_999, False), (60_000, True)])
def test_online_needs_both_seen_for_sixty_percent(seen_ms: int, *, online: bool) -> None:
    watch, _ = both_seen_at(0).step(BLACK, seen_ms)

    watch, _ = watch.step(Tick(), 100_000)

    assert watch.counts_as_online() is online


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                [Tick(), BLACK, *BOTH_SEEN, Attestation(by=Role.CANDIDATE, seen=False)]
            ),
            st.integers(-5_000, 60_000),
        ),
        max_size=60,
    )
)
def test_failure_always_follows_a_whole_time_unseen(events: list[tuple[object, int]]) -> None:
    watch, now_ms = SeenWatch.begin(0), 0
    last_seen = dict.fromkeys(Role, 0)
    for event, passed in events:
        now_ms += passed
        before = watch.last_ms
        watch, alarms = watch.step(event, now_ms)
        for alarm in alarms:
            if alarm.stage is SeenStage.FAILED:
                assert watch.last_ms - last_seen[alarm.who] >= 180_000
        if isinstance(event, Attestation) and event.seen:
            last_seen[event.by.other] = watch.last_ms
        assert watch.last_ms >= before
        assert 0 <= watch.time.both_seen_ms <= watch.time.joint_ms
