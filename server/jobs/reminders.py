"""What a reminder, a missed talk and a nudge say, by mail and by text (domain 3.4).

Composing only; nothing here knows a database, a mail server or a gateway.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

from calendar_sync.plain_text import harmless
from coaching.wall_time import to_wall
from coaching.words import Language, Mode
from server.jobs.mail import LetterWords, when_abroad, when_in_words
from server.texts import Catalogue, catalogue

TEXT_LENGTH = 160
_SHORT_TASK = 20  # letters of a task that are shown at least
_CUT = "..."
_CLOCK = {Language.NL: "HH.mm", Language.EN: "HH:mm"}


class Said(StrEnum):
    """What a message is about."""

    REMINDER = "reminder"
    PRACTISE = "practise"  # a video talk waits for it (R12)
    MISSED = "missed"
    FALLBACK = "fallback"  # a talk failed; these times are held
    NUDGE1 = "nudge1"  # R22, level 1: how is it going
    NUDGE2 = "nudge2"  # R22, level 2: and the coach calls
    PLAN = "plan"  # R23: nothing is planned; these times are held
    PLAN_CALL = "plan_call"  # R23, where no time is free: shall we call
    CONTRACT = "contract"  # another number of talks: say yes (R28)
    ASK_COACH = "ask_coach"  # which coach (R27)
    OTHER_COACH = "other_coach"  # this coach cannot
    COACH_YES = "coach_yes"  # the coach says yes too
    MEET = "meet"  # R22 level 3, R24: come by again
    BOOKED = "booked"  # to who has no e-mail: there is an appointment
    CHANGED = "changed"
    CALLED_OFF = "called_off"


# Who has e-mail hears these by a mail with a calendar part; of the letter there are no words here.
BY_TEXT_ONLY = frozenset({Said.BOOKED, Said.CHANGED, Said.CALLED_OFF})
_OF_A_TALK = BY_TEXT_ONLY | {Said.REMINDER}


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkLines:
    """The talk that a reminder is about. `zone` is the one in which it was agreed."""

    mode: Mode
    starts_at: datetime
    zone: str
    place: str  # name and address; empty unless it is at a location
    own_zone: str = ""  # of the candidate's own clock, where it is another (E18)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFacts:
    """Everything a message says. Without a `link` it has no button."""

    said: Said
    language: Language
    candidate_name: str
    coach_name: str
    phone: str  # the coach's, or else the organisation's; may be empty
    link: str
    organisation: str
    talk: TalkLines | None = None
    times: tuple[datetime, ...] = ()  # that are held for the candidate
    task: str = ""  # the one that a nudge asks about, where there is one
    others: int = 0  # appointments that were made, or changed, in the same step


def nudge_said(rule: str, level: int, *, held: bool) -> Said:
    """Which words belong to a nudge of `rule` (R22, R23, R24) at `level`; `held`: with times."""
    if rule == "R23":
        return Said.PLAN if held else Said.PLAN_CALL
    if rule == "R22":
        return {1: Said.NUDGE1, 2: Said.NUDGE2}.get(level, Said.MEET)
    return Said.MEET


def letter_words(facts: MessageFacts) -> LetterWords:
    """The mail."""
    texts = catalogue(facts.language)
    coach = harmless(facts.coach_name)
    what = _what(facts, texts, coach)
    when = _when(facts)
    return LetterWords(
        subject=texts.say(f"mail.{facts.said}.subject", what=what, when=when, coach=coach),
        hello=texts.say("mail.hello", name=harmless(facts.candidate_name)),
        intro=_intro(facts, texts, what, coach),
        when=when,
        before_button=_details(facts, texts, coach),
        button=_button(facts, texts) if facts.link else "",
        after_button=_help(facts, texts, coach),
        closing=texts.say("mail.closing", organisation=harmless(facts.organisation)),
    )


def _intro(facts: MessageFacts, texts: Catalogue, what: str, coach: str) -> str:
    if facts.task:
        return texts.say("mail.nudge1.task", task=harmless(facts.task, limit=200), coach=coach)
    return texts.say(f"mail.{facts.said}.intro", what=what, coach=coach)


def text_words(facts: MessageFacts, *, now: datetime) -> str:
    """The text message: within 160 characters where the link allows it, the number goes last."""
    texts = catalogue(facts.language)
    coach = harmless(facts.coach_name)
    way = f" {_button(facts, texts)}: {facts.link}" if facts.link else ""
    if facts.task:
        line = _task_line(facts.task, texts, room=TEXT_LENGTH - len(way))
    else:
        line = _text_line(facts, texts, coach, now=now)
    said = line + way
    if not facts.phone:
        return said
    key = "sms.questions" if facts.said is Said.CALLED_OFF else "sms.call"
    whole = f"{said} {texts.say(key, phone=harmless(facts.phone, limit=32))}"
    # A longer one arrives as two, which only costs: without a link the number is the way out.
    return whole if len(whole) <= TEXT_LENGTH or not facts.link else said


def _task_line(given: str, texts: Catalogue, *, room: int) -> str:
    """The question with the name of the task, cut to what is left of one message."""
    bare = texts.say("sms.nudge1.task", task="")
    task, longest = harmless(given, limit=200), max(_SHORT_TASK, room - len(bare))
    if len(task) > longest:  # not an ellipsis: that letter alone would make three messages of it
        task = task[: longest - len(_CUT)].rstrip() + _CUT
    return texts.say("sms.nudge1.task", task=task)


def _text_line(facts: MessageFacts, texts: Catalogue, coach: str, *, now: datetime) -> str:
    if facts.talk is None or facts.said not in _OF_A_TALK:
        return texts.say(f"sms.{facts.said}", coach=coach)
    day, time = _day_and_time(facts.talk, facts.language, texts, now=now)
    line = texts.say(f"sms.{facts.said}", day=day, time=time, what=_what(facts, texts, coach))
    if facts.said is Said.CALLED_OFF:
        return line
    place = (f"{harmless(facts.talk.place, limit=80)}.",) if facts.talk.place else ()
    more = _more(facts, texts)
    return " ".join((line, *_time_abroad(facts.talk, facts.language, texts), *place, *more))


def _more(facts: MessageFacts, texts: Catalogue) -> tuple[str, ...]:
    """How many more there are: of a plan, or of what changed at once."""
    if not facts.others:
        return ()
    one, many = "sms.others_one", "sms.others"
    if facts.said is Said.CHANGED:
        one, many = "sms.others_changed_one", "sms.others_changed"
    return (texts.say(one if facts.others == 1 else many, count=facts.others),)


def _time_abroad(talk: TalkLines, language: Language, texts: Catalogue) -> tuple[str, ...]:
    """The time on the candidate's own clock, with its day: short, for a text message (E18)."""
    if not when_abroad(talk.starts_at, talk.zone, talk.own_zone, language):
        return ()
    own = ZoneInfo(talk.own_zone)
    day = format_date(talk.starts_at.astimezone(own).date(), "EEEE", locale=str(language))
    time = format_time(talk.starts_at, _CLOCK[language], tzinfo=own, locale=str(language))
    return (texts.say("sms.own_time", day=day, time=time),)


def _day_and_time(
    talk: TalkLines, language: Language, texts: Catalogue, *, now: datetime
) -> tuple[str, str]:
    zone = ZoneInfo(talk.zone)
    local = talk.starts_at.astimezone(zone)
    time = format_time(local, _CLOCK[language], tzinfo=zone, locale=str(language))
    days = (local.date() - to_wall(now, zone).date()).days
    if days in (0, 1):
        return texts.say("sms.tomorrow" if days else "sms.today"), time
    day = format_date(local.date(), "EEEE d MMMM", locale=str(language))
    return day[0].upper() + day[1:], time


def _what(facts: MessageFacts, texts: Catalogue, coach: str) -> str:
    return texts.say(f"mail.what.{facts.talk.mode}", coach=coach) if facts.talk else ""


def _when(facts: MessageFacts) -> str:
    if facts.talk is None or facts.said is not Said.REMINDER:
        return ""
    return when_in_words(facts.talk.starts_at, facts.talk.zone, facts.language)


def _details(facts: MessageFacts, texts: Catalogue, coach: str) -> tuple[str, ...]:
    if facts.talk is None or facts.said is not Said.REMINDER:
        more = texts.say(f"mail.{facts.said}.more", coach=coach)
        return (more, *_times(facts))
    talk = facts.talk
    own = when_abroad(talk.starts_at, talk.zone, talk.own_zone, facts.language)
    if facts.talk.mode is not Mode.OFFLINE:
        return (
            *own,
            texts.say(f"mail.how.{facts.talk.mode}", coach=coach),
        )
    place = harmless(facts.talk.place, limit=300)
    return (*own, texts.say("mail.place", place=place)) if place else own


def _times(facts: MessageFacts) -> tuple[str, ...]:
    zone, own = (facts.talk.zone, facts.talk.own_zone) if facts.talk else ("UTC", "")
    return tuple(
        " ".join(
            (
                when_in_words(time, zone, facts.language),
                *when_abroad(time, zone, own, facts.language),
            )
        )
        for time in facts.times
    )


def _button(facts: MessageFacts, texts: Catalogue) -> str:
    if facts.said in _OF_A_TALK and facts.talk:
        return texts.say(f"mail.button.{facts.talk.mode}")
    return texts.say(f"mail.{facts.said}.button")


def _help(facts: MessageFacts, texts: Catalogue, coach: str) -> tuple[str, ...]:
    if not facts.phone:
        return ()
    phone = harmless(facts.phone, limit=32)
    key = "mail.help" if facts.said is Said.REMINDER else "mail.call"
    return (texts.say(key, coach=coach, phone=phone),)
