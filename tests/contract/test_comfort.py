from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest

from coaching.errors import BadInput, NotFound
from coaching.facts import BookingFacts
from coaching.words import Comfort, Language, MeetingStatus, Mode, Skill, SkillSource
from server.store import levels
from server.usecases.attention import attention
from server.usecases.booking import record_outcome
from server.usecases.channels import Channel
from server.usecases.comfort import ComfortSaid
from server.usecases.context import CandidateId, Parts, StaffActor
from server.usecases.people import NewCandidate, add_candidate, show_candidate
from server.usecases.preferences import Preference, preference_of, save_comfort
from server.usecases.preferences import save_preference as save
from server.usecases.readiness import coaches_readiness, say_own_comfort
from server.usecases.skill import Observation, decide_proposal, observe, open_proposals
from tests.conftest import Clock
from tests.house_of_people import House

pytestmark = pytest.mark.contract

SAID = ComfortSaid(level=Comfort.UNEASY, source=SkillSource.SELF, since=date(2027, 2, 1))


async def say(
    parts: Parts, actor: StaffActor, candidate: CandidateId, said: ComfortSaid
) -> ComfortSaid | None:
    await save_comfort(parts, actor, candidate, said, key=uuid4().hex, now=parts.now())
    return (await show_candidate(parts, actor, candidate, now=parts.now())).comfort


async def test_comfort_is_kept_with_who_said_so_and_on_which_day(
    house: House, parts: Parts
) -> None:
    planner = await house.planner()
    new = NewCandidate(
        name="Sandra Smit",
        email="sandra@example.org",
        phone="",
        language=Language.NL,
        skill=Skill.ABLE,
        skill_source=SkillSource.INTAKE,
        skill_since=date(2027, 2, 1),
        comfort=SAID,
    )

    added = await add_candidate(parts, planner, new, key="a", now=parts.now())

    assert (await show_candidate(parts, planner, added, now=parts.now())).comfort == SAID
    later = ComfortSaid(
        level=Comfort.AT_EASE, source=SkillSource.COACH_OBSERVATION, since=date(2027, 2, 20)
    )
    assert await say(parts, planner, added, later) == later


async def test_who_was_not_asked_has_no_comfort_and_keeps_the_skill(
    house: House, parts: Parts
) -> None:
    planner = await house.planner()
    candidate = await house.candidate(skill=Skill.LESS)

    before = await show_candidate(parts, planner, candidate, now=parts.now())
    await say(parts, planner, candidate, SAID)
    after = await show_candidate(parts, planner, candidate, now=parts.now())

    assert (before.comfort, before.skill) == (None, Skill.LESS)
    assert (after.comfort, after.skill) == (SAID, Skill.LESS)


async def test_comfort_of_a_day_to_come_and_of_another_coachs_candidate_is_refused(
    house: House, parts: Parts
) -> None:
    planner, stranger = await house.planner(), await house.coach()
    candidate = await house.candidate()
    tomorrow = parts.now().date() + timedelta(days=1)
    to_come = ComfortSaid(level=Comfort.SO_SO, source=SkillSource.SELF, since=tomorrow)

    with pytest.raises(BadInput) as refused:
        await say(parts, planner, candidate, to_come)
    with pytest.raises(NotFound):
        await say(parts, stranger, candidate, SAID)

    assert (refused.value.code, refused.value.field) == ("comfort_date_bad", "comfort_since")


async def test_levels_of_skill_are_kept_with_the_moment_they_were_written_down(
    house: House, parts: Parts, clock: Clock
) -> None:
    candidate = await house.candidate(skill=Skill.NONE)

    async with parts.database.read() as tx:
        kept = await levels.skills_of(tx, candidate)

    assert [(one.level, one.source, one.at) for one in kept] == [("none", "intake", clock())]


async def test_saying_days_again_leaves_when_the_form_was_asked_after(
    house: House, parts: Parts, clock: Clock
) -> None:
    planner, candidate = await house.planner(), await house.candidate()
    first = clock()
    phone = Preference(mode=Mode.PHONE, channel=Channel.MAIL)
    await save(parts, planner, candidate, phone, key="a", now=first)

    again = Preference(days=frozenset({1}), mode=Mode.PHONE, channel=Channel.MAIL)
    await save(parts, planner, candidate, again, key="b", now=first + timedelta(days=3))
    kept = await preference_of(parts, candidate)

    assert (kept.asked_at, kept.channel, kept.days) == (first, Channel.MAIL, frozenset({1}))


async def test_what_a_coach_saw_proposes_less_and_after_two_good_talks_more_comfort(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach, candidate = await house.coach(), await house.candidate()
    await say(parts, await house.planner(), candidate, replace(SAID, level=Comfort.AT_EASE))
    trajectory = await house.acquainted(coach, candidate)
    levels_now = []
    for day, seen in enumerate(("not_able", "went_well", "went_well"), start=3):
        booked = await house.book(trajectory, f"2027-03-{day:02d}T14:00", now=clock())
        now = clock.set(f"2027-03-{day:02d}T15:00")
        held = MeetingStatus.HELD
        await record_outcome(parts, coach, booked.meeting, held, key=uuid4().hex, now=now)
        await observe(parts, coach, booked.meeting, Observation(seen), key=uuid4().hex, now=now)
        waiting = await open_proposals(parts, coach)
        for one in [one for one in waiting if one.about_comfort]:
            await decide_proposal(parts, coach, one.id, accept=True, key=uuid4().hex, now=now)
        for one in [one for one in waiting if not one.about_comfort]:
            await decide_proposal(parts, coach, one.id, accept=False, key=uuid4().hex, now=now)
        kept = (await show_candidate(parts, coach, candidate, now=now)).comfort
        assert kept is not None
        levels_now.append((kept.level, kept.source))

    observed = SkillSource.COACH_OBSERVATION
    assert levels_now == [
        (Comfort.SO_SO, observed),
        (Comfort.SO_SO, observed),
        (Comfort.AT_EASE, observed),
    ]
    assert await attention(parts, coach, now=clock()) == ()


async def test_a_coach_says_how_at_ease_they_are_and_the_planner_reads_it(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()

    await say_own_comfort(parts, coach, Comfort.UNEASY, now=clock())

    (seen,) = await coaches_readiness(parts, await house.planner())
    assert (seen.comfort, seen.comfort_since) == (Comfort.UNEASY, clock().date())


def test_no_rule_reads_how_somebody_feels() -> None:
    """5.2: separate from skill. What rules look at has no place for it."""
    assert "comfort" not in BookingFacts.__dataclass_fields__
