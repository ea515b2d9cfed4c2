"""The steps of a practice: where a person goes on, and what answers and measurement give."""

import json
from pathlib import Path

import pytest

from coaching.facts import DeviceClass
from coaching.practising import (
    ASKED,
    OF_THE_DEVICE,
    OF_THE_PICTURE,
    Answers,
    Given,
    Measured,
    PracticeStep,
    StepAnswer,
    differences_of,
    first_open,
    judge_practice,
)
from coaching.words import PracticeCause, Score

pytestmark = pytest.mark.unit

SAMPLE = Path(__file__).parents[2] / "data" / "practice_steps.json"
PHONE, TABLET = DeviceClass.PHONE, DeviceClass.TABLET
FINE = Measured(score=Score.GOOD)


def answered(*steps: PracticeStep, device: DeviceClass = PHONE, **other: Given) -> Answers:
    given = dict.fromkeys(steps, Given.YES) | {PracticeStep(k): v for k, v in other.items()}
    return {step: StepAnswer(given=one, device=device) for step, one in given.items()}


def test_the_table_is_the_one_that_the_page_reads() -> None:
    table = json.loads(SAMPLE.read_text("utf-8"))

    assert table["order"] == list(PracticeStep)
    assert set(table["of_the_device"]) == OF_THE_DEVICE
    assert set(table["of_the_picture"]) == OF_THE_PICTURE


@pytest.mark.parametrize("number", range(len(ASKED) + 1))
def test_who_left_at_any_step_goes_on_there(number: int) -> None:
    expected = ASKED[number] if number < len(ASKED) else PracticeStep.DONE

    assert first_open(answered(*ASKED[:number]), PHONE) is expected


def test_on_another_device_only_what_belongs_to_the_device_is_asked_again() -> None:
    before = answered(*ASKED[:11])
    again = []
    answers = dict(before)
    while (step := first_open(answers, TABLET)) is not PracticeStep.STUTTER:
        again.append(step)
        answers |= answered(step, device=TABLET)

    assert set(again) == OF_THE_DEVICE


def test_all_answered_and_measured_well_is_good() -> None:
    outcome = judge_practice(answered(*ASKED), FINE, PHONE)

    assert (outcome.score, outcome.causes, outcome.differences) == (Score.GOOD, (), ())


@pytest.mark.parametrize(
    ("step", "cause"),
    [
        ("see", PracticeCause.CAMERA),
        ("speak", PracticeCause.MICROPHONE),
        ("hear", PracticeCause.SOUND),
        ("meet", PracticeCause.NETWORK),
        ("mirror", PracticeCause.CAMERA),
        ("echo", PracticeCause.MICROPHONE),
    ],
)
def test_a_no_to_what_a_talk_needs_is_bad_whatever_was_measured(
    step: str, cause: PracticeCause
) -> None:
    outcome = judge_practice(answered(*ASKED, **{step: Given.NO}), FINE, PHONE)

    assert outcome.score is Score.BAD
    assert outcome.causes == (cause,)


def test_a_bad_measurement_is_bad_whatever_was_answered() -> None:
    measured = Measured(score=Score.BAD, causes=(PracticeCause.NETWORK,))

    outcome = judge_practice(answered(*ASKED), measured, PHONE)

    assert (outcome.score, outcome.causes) == (Score.BAD, (PracticeCause.NETWORK,))


def test_without_a_measurement_nothing_is_passed() -> None:
    assert judge_practice(answered(*ASKED), None, PHONE).score is Score.BAD


def test_a_practice_that_was_left_is_bad_because_it_stopped() -> None:
    outcome = judge_practice(answered(*ASKED[:4]), FINE, PHONE)

    assert (outcome.score, outcome.causes) == (Score.BAD, (PracticeCause.STOPPED,))


def test_who_cannot_see_or_hear_a_question_is_taken_at_the_measurement() -> None:
    otherwise = dict.fromkeys(("see", "hear", "meet", "mirror", "echo"), Given.OTHERWISE)

    outcome = judge_practice(answered(*ASKED, **otherwise), FINE, PHONE)

    assert (outcome.score, outcome.differences) == (Score.GOOD, ())


def test_a_small_step_that_does_not_work_is_fair() -> None:
    assert judge_practice(answered(*ASKED, sound=Given.NO), FINE, PHONE).score is Score.FAIR


def test_a_difference_is_shown_both_ways() -> None:
    blind_spot = Measured(score=Score.FAIR, causes=(PracticeCause.CAMERA,))

    (missed,) = differences_of(answered(PracticeStep.SEE), blind_spot)
    (doubted,) = differences_of(answered(mirror=Given.NO), FINE)

    assert (missed.step, missed.person_said) == (PracticeStep.SEE, Given.YES)
    assert (doubted.cause, doubted.person_said) == (PracticeCause.CAMERA, Given.NO)


def test_answers_of_another_device_do_not_make_this_one_passed() -> None:
    outcome = judge_practice(answered(*ASKED), FINE, TABLET)

    assert (outcome.score, outcome.causes) == (Score.BAD, (PracticeCause.STOPPED,))
