"""Values of the wire and the room: made by the dozen in every call, and never changed."""

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

_Class = TypeVar("_Class")


@dataclass_transform(frozen_default=True, kw_only_default=True)
def value(kind: type[_Class]) -> type[_Class]:
    """A dataclass with slots and keyword fields, frozen for the type checker.

    Frozen at run time as well, setting one up would cost twice as much, and a call makes some
    sixty; equal values are equal and hash alike, as those of a frozen dataclass.
    """
    return dataclass(slots=True, kw_only=True, unsafe_hash=True)(kind)
