"""Why a plan does not work out, and what a planner has to know about one that does."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from coaching.verdict import Text, Verdict
from coaching.words import MeetingKind


class ProblemKind(StrEnum):
    """What is in the way of a plan."""

    NOT_ENOUGH_TALKS = "not_enough_talks"
    NO_TALKS_LEFT = "no_talks_left"
    TOO_SHORT = "too_short"
    NO_HOURS = "no_hours"
    ROOM_TOO_SMALL = "room_too_small"
    NO_ROOM = "no_room"
    WISHES = "wishes"
    COACH_FULL = "coach_full"
    OVERLAP = "overlap"
    RULE = "rule"


class NoteKind(StrEnum):
    """What is worth knowing of a plan; nothing of it stands in the way."""

    BAND_INFEASIBLE = "band_infeasible"
    PRACTISE_FIRST = "practise_first"
    PRACTISE_ONSITE = "practise_onsite"
    AT_A_LOCATION_INSTEAD = "at_a_location_instead"
    PHONE_WISH = "phone_wish"
    OWN_OFFICE = "own_office"
    FOLLOWS_AGREEMENT = "follows_agreement"
    FEWER_TALKS = "fewer_talks"
    ASK_HOW = "ask_how"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One reason. `number` is the place of a talk in the plan (from 1); 0: none of them.

    `talk` is the kind of a talk that found no time and is therefore not in the plan.
    """

    kind: ProblemKind
    text: Text
    number: int = 0
    talk: MeetingKind | None = None
    verdict: Verdict | None = None  # of a talk that the rules refuse, with its alternatives


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One remark; `number` as in a problem."""

    kind: NoteKind
    text: Text
    number: int = 0


def not_enough_talks(needed: int, left: int) -> Problem:
    """More kinds of talk are asked for than there are talks."""
    return Problem(
        kind=ProblemKind.NOT_ENOUGH_TALKS,
        text=Text(
            nl=f"Voor deze soorten zijn {needed} gesprekken nodig. Er zijn er {left}.",
            en=f"These kinds need {needed} talks. There are {left}.",
        ),
    )


def no_talks_left() -> Problem:
    """Every talk of the contract is held or planned (R28)."""
    return Problem(
        kind=ProblemKind.NO_TALKS_LEFT,
        text=Text(
            nl="Alle afgesproken gesprekken zijn al gevoerd of gepland.",
            en="All agreed talks are held or planned already.",
        ),
    )


def too_short(needed_days: int, days: int) -> Problem:
    """The talks do not fit in the period at this cadence."""
    return Problem(
        kind=ProblemKind.TOO_SHORT,
        text=Text(
            nl=f"Voor deze gesprekken zijn {needed_days} dagen nodig. De periode heeft er {days}.",
            en=f"These talks need {needed_days} days. The period has {days}.",
        ),
    )


def no_time(kind: ProblemKind, talk: MeetingKind, first: date, last: date) -> Problem:
    """No time was found for one talk between two days; `kind` says what is in the way."""
    why = _NO_TIME[kind]
    return Problem(
        kind=kind,
        talk=talk,
        text=Text(
            nl=f"Van {_day(first)} tot en met {_day(last)}: {why.nl}",
            en=f"From {_day(first)} to {_day(last)}: {why.en}",
        ),
    )


def refused(number: int, verdict: Verdict) -> Problem:
    """The rules refuse one talk of the plan."""
    return Problem(
        kind=ProblemKind.RULE, number=number, text=verdict.reasons[0].staff, verdict=verdict
    )


def overlap(number: int) -> Problem:
    """One talk begins before the one before it has ended."""
    return Problem(
        kind=ProblemKind.OVERLAP,
        number=number,
        text=Text(
            nl=f"Gesprek {number} begint voordat het vorige klaar is.",
            en=f"Talk {number} begins before the one before it has ended.",
        ),
    )


def practise_first(number: int, first: date, last: date) -> Note:
    """A talk stands provisionally until the candidate has practised, alone or together (R12)."""
    return Note(
        kind=NoteKind.PRACTISE_FIRST,
        number=number,
        text=Text(
            nl=f"Laat de kandidaat eerst oefenen, van {_day(first)} tot en met {_day(last)}.",
            en=f"Let the candidate practise first, from {_day(first)} to {_day(last)}.",
        ),
    )


def at_a_location_instead(number: int, verdict: Verdict) -> Note:
    """A talk that could have been online is planned at a location, because of a rule."""
    why = verdict.reasons[0].staff
    return Note(
        kind=NoteKind.AT_A_LOCATION_INSTEAD,
        number=number,
        text=Text(nl=f"Op locatie gepland: {why.nl}", en=f"Planned at a location: {why.en}"),
    )


def fewer_talks(planned: int, left: int) -> Note:
    """The plan holds fewer talks than are left of the contract."""
    return Note(
        kind=NoteKind.FEWER_TALKS,
        text=Text(
            nl=f"Er zijn nog {left} gesprekken afgesproken. In dit plan staan er {planned}.",
            en=f"There are {left} agreed talks left. This plan holds {planned}.",
        ),
    )


def note(kind: NoteKind, number: int = 0) -> Note:
    """Give a note that needs no figures."""
    return Note(kind=kind, number=number, text=_NOTES[kind])


def _day(day: date) -> str:
    return f"{day.day}-{day.month}-{day.year}"


_NO_TIME = {
    ProblemKind.NO_HOURS: Text(
        nl="de coach heeft geen werkuren voor deze vorm.",
        en="the coach has no working hours for this form.",
    ),
    ProblemKind.ROOM_TOO_SMALL: Text(
        nl="geen kamer is groot genoeg of heeft wat nodig is.",
        en="no room is large enough or has what is needed.",
    ),
    ProblemKind.NO_ROOM: Text(nl="er is geen kamer vrij.", en="no room is free."),
    ProblemKind.WISHES: Text(
        nl="alleen buiten de wensen van de kandidaat is er tijd.",
        en="there is time only outside the candidate's wishes.",
    ),
    ProblemKind.COACH_FULL: Text(
        nl="coach en kandidaat hebben samen geen tijd.",
        en="coach and candidate have no time together.",
    ),
}

_NOTES = {
    NoteKind.ASK_HOW: Text(
        nl="Vraag de kandidaat eerst: hoe wilt u praten? (R18)",
        en="Ask the candidate first: how do you want to talk? (R18)",
    ),
    NoteKind.BAND_INFEASIBLE: Text(
        nl="Zo veel gesprekken zijn op locatie dat het aandeel online lager wordt.",
        en="So many talks are at a location that the online share becomes lower.",
    ),
    NoteKind.PRACTISE_ONSITE: Text(
        nl="Oefen bij dit gesprek samen met videobellen.",
        en="Practise a video talk together at this talk.",
    ),
    NoteKind.PHONE_WISH: Text(
        nl="De kandidaat belt liever. Bellen kan altijd in plaats van een gesprek.",
        en="The candidate prefers the phone. A call is always possible instead.",
    ),
    NoteKind.OWN_OFFICE: Text(
        nl="Deze kamer is iemands eigen kantoor.", en="This room is somebody's own office."
    ),
    NoteKind.FOLLOWS_AGREEMENT: Text(
        nl="Na de kennismaking zeggen beiden eerst ja.",
        en="After the acquaintance both say yes first.",
    ),
}
