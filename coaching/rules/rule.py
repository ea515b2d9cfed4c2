"""The form of a rule: one small check, and one entry that says everything about it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from coaching.facts import Known
from coaching.settings import BlendSettings
from coaching.verdict import Action, Alternative, Outcome, Text


class Hardness(StrEnum):
    """What a rule may do (principle P2)."""

    HARD = "H"  # refuses
    SOFT = "S"  # warns or advises
    TRIGGER = "T"  # starts an action by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found; `staff` and `candidate` replace the rule's own sentences."""

    outcome: Outcome
    actions: tuple[Action, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    staff: Text | None = None
    candidate: Text | None = None


Facts = TypeVar("Facts")
Check = Callable[[Facts, BlendSettings, datetime], Finding | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Generic[Facts]):
    """One row of the decision table (5.4).

    `liftable_by` is the number of people a recorded exception needs; 0: no exception lifts it.
    `needs` names the part of the file without which the rule is silent.
    """

    id: str
    hardness: Hardness
    liftable_by: int
    staff: Text
    candidate: Text | None
    sources: tuple[str, ...]
    check: Check[Facts]
    needs: Known | None = None
