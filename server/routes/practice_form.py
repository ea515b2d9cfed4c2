"""What a form about a practice offers to choose from."""

from collections.abc import Mapping

from coaching.facts import DeviceClass, PracticeKind
from coaching.words import PracticeCause, Score, Skill

PRACTICE_CHOICES: Mapping[str, tuple[str, ...]] = {
    "practice_devices": tuple(DeviceClass),
    "practice_kinds": tuple(PracticeKind),
    "practice_scores": tuple(Score),
    "practice_causes": tuple(PracticeCause),
    "practice_skills": (Skill.ABLE, Skill.LESS, Skill.NONE),
}
