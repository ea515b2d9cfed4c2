"""The steps of a practice, what an answer leads to, and what a whole practice gave (5.2).

The same table stands in `web/src/practice/steps.ts`; `tests/data/practice_steps.json` keeps both
the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from coaching.facts import DeviceClass
from coaching.words import PracticeCause, Score


class PracticeStep(StrEnum):
    """One question a screen, in this order."""

    CAMERA = "camera"  # camera and microphone on
    SEE = "see"  # do you see yourself
    SPEAK = "speak"  # say your name: does the bar move
    HEAR = "hear"  # do you hear the voice
    MEET = "meet"  # waited, admitted: do you see and hear the guide
    SOUND = "sound"  # sound off and on
    PICTURE = "picture"  # picture off and on
    MIRROR = "mirror"  # see yourself as the other will
    ECHO = "echo"  # hear yourself as the other will
    TASK = "task"  # tick a small task
    SHARE = "share"  # share the screen, where the device can
    STUTTER = "stutter"  # what to do when it stutters
    LEAVE = "leave"  # end the talk by oneself
    DONE = "done"


class Given(StrEnum):
    """What a person answered. OTHERWISE: "I cannot see or hear this, or this device cannot"."""

    YES = "yes"
    NO = "no"
    OTHERWISE = "otherwise"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepAnswer:
    """An answer, and on which kind of device it was given."""

    given: Given
    device: DeviceClass


Answers = Mapping[PracticeStep, StepAnswer]
ASKED = tuple(step for step in PracticeStep if step is not PracticeStep.DONE)
# What another device does not know yet; the rest a person can do once they did it once.
OF_THE_DEVICE = frozenset(
    {
        PracticeStep.CAMERA,
        PracticeStep.SEE,
        PracticeStep.SPEAK,
        PracticeStep.HEAR,
        PracticeStep.MEET,
        PracticeStep.MIRROR,
        PracticeStep.ECHO,
    }
)
# Who takes part without a camera, as was agreed (R4), is not asked these.
OF_THE_PICTURE = frozenset({PracticeStep.SEE, PracticeStep.PICTURE, PracticeStep.MIRROR})
# Without these nobody was seen and heard by the other (5.2), and what is in the way then.
CAUSES: Mapping[PracticeStep, PracticeCause] = {
    PracticeStep.CAMERA: PracticeCause.CAMERA,
    PracticeStep.SEE: PracticeCause.CAMERA,
    PracticeStep.SPEAK: PracticeCause.MICROPHONE,
    PracticeStep.HEAR: PracticeCause.SOUND,
    PracticeStep.MEET: PracticeCause.NETWORK,
    PracticeStep.MIRROR: PracticeCause.CAMERA,
    PracticeStep.ECHO: PracticeCause.MICROPHONE,
}
_UNMEASURED = frozenset({PracticeStep.HEAR})  # how loud somebody's speaker is, nobody can tell


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What the server measured in the practice talk: a score, and what stood in the way."""

    score: Score
    causes: tuple[PracticeCause, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The person and the measurement do not agree about `cause`, asked at `step`."""

    step: PracticeStep
    cause: PracticeCause
    person_said: Given


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a practice gave; the first of `causes` is the one that is kept."""

    score: Score
    causes: tuple[PracticeCause, ...]
    differences: tuple[Difference, ...]


def first_open(answers: Answers, device: DeviceClass) -> PracticeStep:
    """The step at which a person on `device` goes on.

    On another kind of device only what belongs to the device is asked again.
    """
    valid = valid_on(answers, device)
    return next((step for step in ASKED if step not in valid), PracticeStep.DONE)


def valid_on(answers: Answers, device: DeviceClass) -> Answers:
    """The answers that count on `device`."""
    return {
        step: answer
        for step, answer in answers.items()
        if step not in OF_THE_DEVICE or answer.device is device
    }


def differences_of(answers: Answers, measured: Measured | None) -> tuple[Difference, ...]:
    """Where answer and measurement differ: the most useful signal for whoever helps."""
    if measured is None:
        return ()
    found = []
    for step, cause in CAUSES.items():
        answer = answers.get(step)
        if answer is None or answer.given is Given.OTHERWISE or step in _UNMEASURED:
            continue
        if (answer.given is Given.NO) != (cause in measured.causes):
            found.append(Difference(step=step, cause=cause, person_said=answer.given))
    return tuple(found)


def judge_practice(answers: Answers, measured: Measured | None, device: DeviceClass) -> Outcome:
    """What a practice gave (5.2): answers *and* measurement, neither alone.

    One that was left halfway is bad, with what stood in the way, else `stopped`. A person who
    cannot see or hear the question is taken at the measurement's word.
    """
    valid = valid_on(answers, device)
    said = tuple(cause for step, cause in CAUSES.items() if _is(valid.get(step), Given.NO))
    differences = differences_of(valid, measured)
    seen = measured.causes if measured else ()
    if said or measured is None or first_open(valid, device) is not PracticeStep.DONE:
        return _outcome(Score.BAD, (*said, *seen) or (PracticeCause.STOPPED,), differences)
    if measured.score is Score.BAD:
        return _outcome(Score.BAD, seen or (PracticeCause.OTHER,), differences)
    odd = differences or any(_is(one, Given.NO) for one in valid.values())
    return _outcome(Score.FAIR if odd else measured.score, seen, differences)


def _is(answer: StepAnswer | None, given: Given) -> bool:
    return answer is not None and answer.given is given


def _outcome(
    score: Score, causes: tuple[PracticeCause, ...], differences: tuple[Difference, ...]
) -> Outcome:
    return Outcome(score=score, causes=tuple(dict.fromkeys(causes)), differences=differences)
