"""The table of decision 0027: each tie and role, with each thing, at each moment that matters."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import combinations, product
from uuid import UUID, uuid4

import pytest

from coaching.access import (
    Appointment,
    Guidance,
    Right,
    Tie,
    in_house,
    limited_to,
    may_guide,
    may_open,
    of_candidate,
    of_coach,
    of_guidance,
    of_talk,
    reads_until,
    ties_to,
)
from coaching.words import MeetingKind, MeetingStatus, StaffRole

pytestmark = pytest.mark.unit

ME, OTHER, THIRD = uuid4(), uuid4(), uuid4()
ENDS = datetime(2027, 3, 1, 10, tzinfo=UTC)
BEFORE, AFTER = ENDS - timedelta(hours=2), ENDS + timedelta(days=1)
ROLES = [frozenset(some) for n in range(4) for some in combinations(StaffRole, n)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    roles: frozenset[StaffRole]
    id: UUID = ME


COACH = Person(roles=frozenset({StaffRole.COACH}))
PLANNER = Person(roles=frozenset({StaffRole.PLANNER}))
ADMIN = Person(roles=frozenset({StaffRole.ADMIN}))
NOBODY = Person(roles=frozenset())


def talk(
    coach: UUID,
    guided_by: UUID | None,
    *,
    kind: MeetingKind = MeetingKind.PROGRESS,
    status: MeetingStatus = MeetingStatus.PLANNED,
    decided_at: datetime | None = None,
) -> Appointment:
    return Appointment(
        coach=coach,
        guided_by=guided_by,
        kind=kind,
        status=status,
        ends_at=ENDS,
        decided_at=decided_at,
    )


PRACTICE, HELD = MeetingKind.PRACTICE, MeetingStatus.HELD
STANDING = {  # how they stand to a talk before it: the talk, and what they may with it
    Tie.OWN: (talk(ME, ME), "open change call excuse follow read_file guide write_letter lend"),
    Tie.STANDS_IN: (talk(ME, OTHER), "open change call excuse follow write_letter"),
    Tie.GUIDES: (talk(ME, OTHER, kind=PRACTICE), "open change call excuse follow lend"),
    Tie.LENT: (talk(OTHER, ME), "read_file guide follow"),
    Tie.LENT_PRACTICE: (
        talk(OTHER, ME, kind=PRACTICE),
        "read_file guide follow write_letter lend",
    ),
    None: (talk(OTHER, THIRD), ""),
}
ALL = "open change call excuse follow read_file guide write_letter lend"


def rights(said: str) -> frozenset[Right]:
    return frozenset(Right(one) for one in said.split())


@pytest.mark.parametrize("tie", STANDING)
def test_a_coach_may_with_a_talk_to_come_what_the_table_says(tie: Tie | None) -> None:
    given, said = STANDING[tie]

    assert ties_to(COACH, given, now=BEFORE) == ({tie} if tie else set())
    assert of_talk(COACH, given, now=BEFORE) == rights(said)


@pytest.mark.parametrize("who", [PLANNER, ADMIN])
@pytest.mark.parametrize("tie", STANDING)
def test_who_plans_may_all_whoever_has_it(who: Person, tie: Tie | None) -> None:
    given, _ = STANDING[tie]

    assert of_talk(who, given, now=BEFORE) == of_talk(who, given, now=AFTER) == rights(ALL)


@pytest.mark.parametrize("tie", STANDING)
def test_without_a_role_nobody_may_anything(tie: Tie | None) -> None:
    given, _ = STANDING[tie]

    assert of_talk(NOBODY, given, now=BEFORE) == frozenset()
    assert in_house(NOBODY) == of_coach(NOBODY, ME) == of_guidance(NOBODY, ME) == frozenset()
    assert of_candidate(NOBODY, [Guidance(coach=ME)]) == frozenset()


@pytest.mark.parametrize("status", MeetingStatus)
@pytest.mark.parametrize("kind", [PRACTICE, MeetingKind.PROGRESS])
def test_who_had_a_talk_of_another_guidance_only_reads_it_when_a_day_is_over(
    status: MeetingStatus, kind: MeetingKind
) -> None:
    closed = status not in (
        MeetingStatus.PROVISIONAL,
        MeetingStatus.PLANNED,
        MeetingStatus.OPEN,
    )
    given = talk(ME, OTHER, kind=kind, status=status)

    changes = Right.CHANGE in of_talk(COACH, given, now=AFTER)
    assert changes is not closed
    assert not closed or of_talk(COACH, given, now=AFTER) == rights("open follow")
    assert Right.CHANGE in of_talk(COACH, given, now=AFTER - timedelta(seconds=1))


def test_a_talk_that_was_closed_late_can_be_finished_for_a_day() -> None:
    late = ENDS + timedelta(days=5)
    given = talk(ME, OTHER, status=HELD, decided_at=late)

    assert Right.CHANGE in of_talk(COACH, given, now=late + timedelta(hours=23))
    assert of_talk(COACH, given, now=late + timedelta(days=1)) == rights("open follow")


def test_the_own_coach_keeps_a_talk_that_is_over() -> None:
    given = talk(ME, ME, status=HELD, decided_at=ENDS)

    assert of_talk(COACH, given, now=ENDS + timedelta(days=400)) == rights(ALL)


@pytest.mark.parametrize(
    ("status", "now", "calls"),
    [
        (MeetingStatus.PLANNED, BEFORE, True),
        (MeetingStatus.MISSED, AFTER - timedelta(seconds=1), True),
        (MeetingStatus.FAILED, AFTER - timedelta(seconds=1), True),
        (MeetingStatus.PLANNED, AFTER, False),
        (HELD, BEFORE, False),
        (MeetingStatus.CANCELLED, BEFORE, False),
    ],
)
def test_the_number_is_there_before_the_talk_and_to_call_about_it(
    status: MeetingStatus, now: datetime, *, calls: bool
) -> None:
    assert (Right.CALL in of_talk(COACH, talk(ME, OTHER, status=status), now=now)) is calls
    assert Right.CALL in of_talk(COACH, talk(ME, ME, status=status), now=now)


@pytest.mark.parametrize("roles", ROLES)
def test_several_roles_give_the_rights_of_each_and_no_more(roles: frozenset[StaffRole]) -> None:
    who, single = Person(roles=roles), [Person(roles=frozenset({one})) for one in roles]

    for coach, guided_by, kind, status in product(
        (ME, OTHER), (ME, OTHER, None), (PRACTICE, MeetingKind.PROGRESS), MeetingStatus
    ):
        given = talk(coach, guided_by, kind=kind, status=status)
        for now in (BEFORE, AFTER):
            each = (of_talk(one, given, now=now) for one in single)
            assert of_talk(who, given, now=now) == frozenset[Right]().union(*each)
    assert in_house(who) == frozenset[Right]().union(*map(in_house, single))


@pytest.mark.parametrize("roles", ROLES)
def test_what_follows_without_the_guidance_is_what_the_table_gives(
    roles: frozenset[StaffRole],
) -> None:
    who = Person(roles=roles)

    for coach, guided_by, status in product((ME, OTHER), (ME, OTHER, THIRD, None), MeetingStatus):
        given = of_talk(who, talk(coach, guided_by, status=status), now=AFTER)
        assert (Right.OPEN in given) is may_open(who, coach)
        assert not given or guided_by is None or Right.FOLLOW in given
        unknown = of_talk(who, talk(coach, None, status=status), now=AFTER)
        assert unknown <= given


@pytest.mark.parametrize(
    ("who", "coach", "said"),
    [
        (COACH, ME, "read_file guide answer"),
        (COACH, OTHER, ""),
        (PLANNER, OTHER, "read_file guide"),
        (ADMIN, OTHER, "read_file guide"),
        (PLANNER, ME, "read_file guide answer"),
    ],
)
def test_a_guidance_is_for_its_coach_and_for_who_plans(who: Person, coach: UUID, said: str) -> None:
    assert of_guidance(who, coach) == rights(said)
    assert may_guide(who, coach) is bool(said)


@pytest.mark.parametrize(
    ("who", "guidances", "said"),
    [
        (COACH, [], ""),
        (COACH, [(OTHER, False)], ""),
        (COACH, [(ME, False)], "read_file change_file"),
        (COACH, [(ME, True), (OTHER, False)], "read_file"),
        (COACH, [(ME, True)], "read_file"),
        (COACH, [(ME, True), (ME, False)], "read_file change_file"),
        (PLANNER, [], "read_file change_file"),
        (ADMIN, [(OTHER, True)], "read_file change_file"),
    ],
)
def test_whose_own_guidance_ended_reads_the_file_and_changes_nothing(
    who: Person, guidances: list[tuple[UUID, bool]], said: str
) -> None:
    found = [Guidance(coach=coach, ended_at=ENDS if ended else None) for coach, ended in guidances]

    assert of_candidate(who, found) == rights(said)


@pytest.mark.parametrize(
    ("who", "guidances", "until"),
    [
        (COACH, [(ME, None)], None),
        (COACH, [(ME, ENDS), (OTHER, None)], ENDS),
        (COACH, [(ME, ENDS), (OTHER, AFTER)], ENDS),
        (COACH, [(ME, BEFORE), (ME, ENDS)], ENDS),
        (COACH, [(ME, ENDS), (ME, None)], None),
        (PLANNER, [(OTHER, ENDS)], None),
        (Person(roles=frozenset({StaffRole.COACH, StaffRole.ADMIN})), [(ME, ENDS)], None),
    ],
)
def test_whose_own_guidance_ended_reads_what_was_known_when_the_last_one_did(
    who: Person, guidances: list[tuple[UUID, datetime | None]], until: datetime | None
) -> None:
    found = [Guidance(coach=coach, ended_at=end) for coach, end in guidances]

    assert reads_until(who, found) == until


@pytest.mark.parametrize(
    ("who", "coach", "said"),
    [
        (COACH, ME, "keep_desk speak_for"),
        (COACH, OTHER, ""),
        (PLANNER, OTHER, "keep_desk"),
        (ADMIN, OTHER, "keep_desk speak_for"),
    ],
)
def test_a_desk_is_kept_by_its_coach_and_by_who_plans(who: Person, coach: UUID, said: str) -> None:
    assert of_coach(who, coach) == rights(said)


def test_the_rights_in_the_house_are_those_of_the_roles() -> None:
    assert in_house(COACH) == rights("host")
    assert in_house(PLANNER) == rights("plan")
    assert in_house(ADMIN) == rights("plan set_up")
    assert [limited_to(who) for who in (COACH, PLANNER, ADMIN)] == [ME, None, None]
