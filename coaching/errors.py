"""The error tree: every way in which a request can be turned down, with a stable code.

    TweespraakError
     +-- BadInput        the person can put it right: names the field
     +-- Refused         a rule of the field says no: carries the verdict
     +-- Conflict        somebody was first, or the page is old: look again
     +-- NotFound        no such thing, or not for this person (a stranger cannot tell which)
     +-- NotAllowed      signed in, but this is not this person's work
     +-- Unavailable     try again later: a part of the installation does not answer

Wording is not done here: `error.<code>` in the catalogues says it to a person, once per edge.
"""

from collections.abc import Mapping
from types import MappingProxyType

from coaching.verdict import Verdict


class TweespraakError(Exception):
    """Root of the tree; `code` is stable and may be shown, `params` fill the sentence."""

    retry = False

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.params: Mapping[str, str | int] = MappingProxyType(params)


class BadInput(TweespraakError):
    """The given value of `field` cannot be used."""

    def __init__(self, code: str, *, field: str, **params: str | int) -> None:
        super().__init__(code, **params)
        self.field = field


class Refused(TweespraakError):
    """A rule refuses; the verdict says which, why, and what is possible instead."""

    def __init__(self, verdict: Verdict, **params: str | int) -> None:
        super().__init__("refused_by_rule", rule=verdict.leading_rule, **params)
        self.verdict = verdict


class Conflict(TweespraakError):
    """Somebody else was first, or what the page shows is no longer so."""


class NotFound(TweespraakError):
    """There is no such thing for this person."""


class NotAllowed(TweespraakError):
    """This person may not do this."""


class Unavailable(TweespraakError):
    """A part of the installation does not answer now; the same request may work later."""

    retry = True
