"""The one translator of errors into HTTP: a status and a stable code, never a stack."""

from dataclasses import dataclass

from aiohttp import web

from coaching.errors import (
    BadInput,
    Conflict,
    NotAllowed,
    NotFound,
    Refused,
    TweespraakError,
    Unavailable,
)
from server.texts import Catalogue

_STATUS: tuple[tuple[type[TweespraakError], int], ...] = (
    (BadInput, 422),
    (Refused, 409),
    (Conflict, 409),
    (NotFound, 404),
    (NotAllowed, 403),
    (Unavailable, 503),
)
_HTTP_CODES = {
    400: "request_bad",
    403: "not_allowed",
    404: "page_unknown",
    405: "method_unknown",
    408: "too_slow",
    413: "too_large",
    415: "form_unknown",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What went wrong, as a page or an API tells it."""

    status: int
    code: str
    sentence: str
    field: str | None = None
    rule: str = ""
    why: str = ""  # for a candidate: the plain reason behind a refusal


def status_of(error: TweespraakError) -> int:
    """The HTTP status of an error of ours."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def problem_of(error: Exception, words: Catalogue) -> Problem:
    """Put any error into one sentence; what we did not foresee is `our_fault`."""
    if isinstance(error, Refused):
        return _refusal(error, words)
    if isinstance(error, TweespraakError):
        return Problem(
            status=status_of(error),
            code=error.code,
            sentence=_sentence(words, error.code, **error.params),
            field=error.field if isinstance(error, BadInput) else None,
        )
    if isinstance(error, web.HTTPException):
        code = _HTTP_CODES.get(error.status, "request_bad")
        return Problem(status=error.status, code=code, sentence=_sentence(words, code))
    return Problem(status=500, code="our_fault", sentence=_sentence(words, "our_fault"))


def problem_for_candidate(error: TweespraakError, words: Catalogue) -> Problem:
    """The same for a candidate: of a rule its own kind sentence and a plain why, never its number.

    Where no rule that spoke has such a sentence, it is the one that says who helps.
    """
    if not isinstance(error, Refused):
        return problem_of(error, words)
    spoke = next((one for one in error.verdict.reasons if one.candidate), None)
    said = spoke.candidate.to(words.language) if spoke and spoke.candidate else None
    return Problem(
        status=409,
        code=error.code,
        sentence=said or words.say("own.not_now"),
        why=why_for_candidate(error, words),
    )


def why_for_candidate(error: Refused, words: Catalogue) -> str:
    """The plain reason behind a refusal, of the rule whose sentence a candidate reads."""
    spoke = next((one.rule for one in error.verdict.reasons if one.candidate), "other")
    key = f"own.why_{spoke}"
    return words.say(key if words.has(key) else "own.why_other")


def _refusal(error: Refused, words: Catalogue) -> Problem:
    reasons = error.verdict.reasons
    sentence = reasons[0].staff.to(words.language) if reasons else words.say("error.other")
    return Problem(status=409, code=error.code, sentence=sentence, rule=error.verdict.leading_rule)


def _sentence(words: Catalogue, code: str, **params: str | int) -> str:
    key = f"error.{code}"
    return words.say(key, **params) if words.has(key) else words.say("error.other")
