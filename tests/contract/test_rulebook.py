from datetime import date, datetime
from typing import Any

import pytest

from coaching.errors import BadInput, Conflict, NotAllowed
from coaching.facts import ExceptionCode
from coaching.verdict import Outcome
from coaching.words import Language, MeetingKind, Mode, Skill, StaffRole
from server.usecases.attention import attention
from server.usecases.blend_settings import list_versions, preview_settings, save_settings
from server.usecases.booking import BookingRequest, judge_booking
from server.usecases.context import Parts, TrajectoryId
from server.usecases.exceptions import (
    ExceptionRequest,
    ask_exception,
    confirm_exception,
    list_exceptions,
)
from server.usecases.explaining import explain
from server.usecases.tasks import give_task
from tests.house_of_people import House

pytestmark = pytest.mark.contract


def first_by_video(trajectory: TrajectoryId, day: int) -> BookingRequest:
    return BookingRequest(
        trajectory=trajectory,
        kind=MeetingKind.ACQUAINTANCE,
        mode=Mode.VIDEO,
        starts_local=datetime(2027, 3, day, 10),  # noqa: DTZ001 -- wall time
        minutes=45,
        room=None,
    )


async def test_an_exception_for_one_appointment_lifts_a_rule_once(
    house: House, parts: Parts
) -> None:
    coach = await house.coach()
    trajectory = await house.trajectory(coach)
    request = ExceptionRequest(
        trajectory=trajectory,
        rule="R7",
        code=ExceptionCode.DISTANCE,
        reason="Woont op anderhalf uur reizen.",
        valid_until=None,
    )
    await ask_exception(parts, coach, request, key="a", now=parts.now())

    booked = await house.book(
        trajectory, "2027-03-03T10:00", kind=MeetingKind.ACQUAINTANCE, mode=Mode.VIDEO
    )
    second = await judge_booking(parts, coach, first_by_video(trajectory, 4), now=parts.now())

    assert booked.verdict.lifted == ("R7",)
    assert (second.outcome, second.leading_rule) == (Outcome.REFUSE, "R7")
    (view,) = await list_exceptions(parts, coach, now=parts.now())
    assert (view.used, view.in_force, view.waits_for_second) == (True, False, False)


async def test_some_rules_take_a_second_person(house: House, parts: Parts) -> None:
    coach, planner = await house.coach(), await house.planner()
    trajectory = await house.acquainted(coach)
    request = ExceptionRequest(
        trajectory=trajectory,
        rule="R9",
        code=ExceptionCode.ABROAD,
        reason="Werkt een maand in het buitenland.",
        valid_until=date(2027, 4, 1),
    )
    diagnosis = BookingRequest(
        trajectory=trajectory,
        kind=MeetingKind.DIAGNOSIS,
        mode=Mode.VIDEO,
        starts_local=datetime(2027, 3, 4, 10),  # noqa: DTZ001 -- wall time
        minutes=45,
        room=None,
    )
    asked = await ask_exception(parts, coach, request, key="a", now=parts.now())

    alone = await judge_booking(parts, coach, diagnosis, now=parts.now())
    with pytest.raises(Conflict) as same:
        await confirm_exception(parts, coach, asked, key="b", now=parts.now())
    await confirm_exception(parts, planner, asked, key="c", now=parts.now())
    together = await judge_booking(parts, coach, diagnosis, now=parts.now())

    assert (alone.leading_rule, same.value.code) == ("R9", "same_person")
    assert together.allowed
    assert await attention(parts, coach, now=parts.now()) == ()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"rule": "R10"}, "exception_not_possible"),
        ({"rule": "R99"}, "rule_unknown"),
        ({"reason": "Kan niet door een depressie."}, "medical_word"),
        ({"reason": " "}, "reason_missing"),
        ({"reason": "x" * 201}, "text_too_long"),
        ({"valid_until": date(2027, 9, 1)}, "date_too_far"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_an_exception_that_cannot_be_is_refused(
    house: House, parts: Parts, change: dict[str, Any], code: str
) -> None:
    coach = await house.coach()
    values: dict[str, Any] = {
        "trajectory": await house.trajectory(coach),
        "rule": "R7",
        "code": ExceptionCode.DISTANCE,
        "reason": "Ver weg.",
        "valid_until": None,
    }
    with pytest.raises(BadInput) as refused:
        await ask_exception(
            parts, coach, ExceptionRequest(**{**values, **change}), key="a", now=parts.now()
        )
    assert refused.value.code == code


async def test_new_numbers_hold_from_their_day_and_old_verdicts_keep_theirs(
    house: House, parts: Parts
) -> None:
    admin, coach = await house.staff(StaffRole.ADMIN), await house.coach()
    candidate = await house.candidate(skill=Skill.LESS)
    await house.practises(candidate)
    trajectory = await house.acquainted(coach, candidate)
    early = await house.book(trajectory, "2027-03-03T10:00")
    late = await house.book(trajectory, "2027-04-07T10:00")
    numbers = {"less_skilled_percent": 0}
    start = date(2027, 4, 1)

    preview = await preview_settings(
        parts, admin, numbers, starts_on=start, seen=1, now=parts.now()
    )
    version = await save_settings(
        parts, admin, numbers, starts_on=start, seen=1, key="a", now=parts.now()
    )

    assert [one.meeting.id for one in preview] == [str(late.meeting)]
    assert (preview[0].rule, preview[0].after) == ("R14", Outcome.ALLOW_WITH)
    assert version == 2
    (newest, shipped) = await list_versions(parts)
    assert (newest.version, shipped.version) == (2, 1)
    assert newest.changed == {"less_skilled_percent": ("50", "0")}
    new = await house.book(trajectory, "2027-04-08T10:00")
    assert new.verdict.settings_version == 2
    assert "R14" in {reason.rule for reason in new.verdict.reasons}
    told = await explain(parts, coach, early.meeting, language=Language.NL, now=parts.now())
    assert (told.settings_version, [rule.id for rule in told.rules]) == (1, ["R6"])


@pytest.mark.parametrize(
    ("numbers", "start", "code"),
    [
        ({"lower_percent": 90}, date(2027, 4, 1), "settings_contradict"),
        ({"usual.nudge": 30}, date(2027, 4, 1), "settings_contradict"),
        ({"speed": 30}, date(2027, 4, 1), "setting_unknown"),
        ({"lower_percent": 20}, date(2027, 3, 1), "starts_too_early"),
    ],
)
async def test_numbers_that_contradict_each_other_are_refused(
    house: House, parts: Parts, numbers: dict[str, int], start: date, code: str
) -> None:
    admin = await house.staff(StaffRole.ADMIN)
    with pytest.raises(BadInput) as refused:
        await save_settings(
            parts, admin, numbers, starts_on=start, seen=1, key="a", now=parts.now()
        )
    assert refused.value.code == code
    with pytest.raises(NotAllowed):
        await save_settings(
            parts, await house.planner(), {}, starts_on=start, seen=1, key="a", now=parts.now()
        )


async def test_why_names_facts_rules_and_sources(house: House, parts: Parts) -> None:
    coach = await house.coach()
    booked = await house.book(await house.acquainted(coach), "2027-03-03T14:00")
    await give_task(parts, coach, booked.meeting, "Bel het werkplein", key="t", now=parts.now())

    told = await explain(parts, None, booked.meeting, language=Language.NL, now=parts.now())

    assert told.title == "Voortgang, woensdag 3 maart"
    assert ("Kennisgemaakt op locatie", "ja") in told.facts
    assert ("Coach heeft geoefend", "ja") in told.facts
    assert ("Taak voor dit gesprek", "ja") in told.facts
    assert ("Coach gaat akkoord", "niet gevraagd") in told.facts
    assert ("Kandidaat gaat akkoord", "niet gevraagd") in told.facts
    assert ("Wens van de kandidaat", "geen") in told.facts
    assert ("Online met dit gesprek", "1 (afgesproken 3 tot 8)") in told.facts
    assert ("Hooguit online bij deze vaardigheid", "8") in told.facts
    assert ("Coach kan geen nieuwe afspraken", "geen") in told.facts
    assert told.verdict.outcome is Outcome.ALLOW
