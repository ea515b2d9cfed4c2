"""Proposals to change a candidate's skill; a coach confirms each with one click (R13, R20, E23)."""

from collections.abc import Iterable

from coaching.facts import PracticeKind, PracticeRecord
from coaching.settings import BlendSettings
from coaching.words import Skill

_WITH_A_HUMAN = (PracticeKind.GUIDED, PracticeKind.ONSITE)


def one_level_down(skill: Skill) -> Skill:
    """Give the skill to propose after a failure; unknown becomes known as less (R20)."""
    match skill:
        case Skill.ABLE | Skill.UNKNOWN:
            return Skill.LESS
        case Skill.LESS | Skill.NONE:
            return Skill.NONE


def raised(
    skill: Skill,
    practice: Iterable[PracticeRecord],
    help_free_talks: int,
    settings: BlendSettings,
) -> Skill | None:
    """Give the skill to propose after things went well, or None.

    From none it takes a practice passed with a human (R13); from less or unknown so many online
    talks in a row without help (E23). `help_free_talks` counts those.
    """
    match skill:
        case Skill.NONE:
            passed = any(record.kind in _WITH_A_HUMAN for record in practice)
            return Skill.LESS if passed else None
        case Skill.LESS | Skill.UNKNOWN:
            return Skill.ABLE if help_free_talks >= settings.help_free_talks else None
        case Skill.ABLE:
            return None
