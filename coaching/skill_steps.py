"""Proposals to change a candidate's skill or comfort; a coach confirms each (R13, R20, E23)."""

from collections.abc import Iterable

from coaching.facts import PracticeKind, PracticeRecord
from coaching.settings import BlendSettings
from coaching.words import Comfort, Skill

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


_COMFORT_DOWN = {None: Comfort.SO_SO, Comfort.AT_EASE: Comfort.SO_SO, Comfort.SO_SO: Comfort.UNEASY}
_COMFORT_UP = {Comfort.UNEASY: Comfort.SO_SO, Comfort.SO_SO: Comfort.AT_EASE}


def less_at_ease(comfort: Comfort | None) -> Comfort | None:
    """Give the comfort to propose after a talk with much help, or None: it is the lowest."""
    return _COMFORT_DOWN.get(comfort)


def more_at_ease(
    comfort: Comfort | None, help_free_talks: int, settings: BlendSettings
) -> Comfort | None:
    """Give the comfort to propose after as many talks in a row without help as E23 asks, or None.

    Nobody is called more at ease who was never asked.
    """
    if comfort is None or help_free_talks < settings.help_free_talks:
        return None
    return _COMFORT_UP.get(comfort)
