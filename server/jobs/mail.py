"""The mail to a candidate: plain words first, one button, a phone number, a calendar part.

Composing only; nothing here knows a database or a mail server.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from enum import StrEnum
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from markupsafe import Markup

from calendar_sync.invitation_format import (
    InvitationFacts,
    Method,
    build_invitation,
)
from calendar_sync.plain_text import harmless
from coaching.wall_time import to_wall
from coaching.words import Change, Language, Mode
from server.texts import Catalogue, catalogue

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(
    r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*"
)
_LONGEST_ADDRESS = 254
_CLOCK = {Language.NL: "HH.mm", Language.EN: "HH:mm"}
_ENCODED_WORD = 42  # bytes of UTF-8; as base64 with its frame below the 75 of RFC 2047


class BadAddress(Exception):
    """No mail can be sent to this address."""


class Template(StrEnum):
    """What the mail says of the meeting."""

    INVITATION = "invitation"
    MOVED = "moved"
    CANCELLED = "cancelled"
    BY_PHONE = "by_phone"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailFacts:
    """Everything a mail says. `link` is empty when there is nothing to open."""

    template: Template
    language: Language
    uid: str  # of the invitation, through all changes
    revision: int
    mode: Mode
    starts_at: datetime
    ends_at: datetime
    zone: str
    candidate_name: str
    candidate_email: str
    coach_name: str
    phone: str  # the coach's, or else the organisation's; may be empty
    place_name: str
    place_address: str
    place_route: str
    link: str
    organisation: str
    sender: str
    domain: str  # of the installation: right side of Message-ID and UID
    message_key: str  # left side of the Message-ID: the same at each attempt
    stamp: datetime
    own_zone: str = ""  # of the candidate's own clock, where it is another
    answers: bool = False  # whether somebody reads what a calendar program answers
    times: tuple[datetime, ...] = ()  # held at a location beside it
    practice: bool = False  # it is a practice: nothing can go wrong
    photo: bytes = b""  # of the coach, a small JPEG; shown in an invitation (S2-06)
    own_coach: str = ""  # of the guidance, when another one has this one talk (E5)
    change: Change = Change.TIME  # what `MOVED` begins with


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterWords:
    """The sentences of one mail, in order; the plain and the HTML version say the same.

    Without `when` there is no line for day and time, without `button` no link.
    """

    subject: str
    hello: str
    intro: str
    when: str
    before_button: tuple[str, ...]
    button: str
    after_button: tuple[str, ...]
    closing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Everything around the words of a mail. `link` is what the button opens."""

    language: Language
    to_name: str
    to_email: str
    link: str
    organisation: str
    sender: str
    domain: str  # of the installation: right side of the Message-ID
    message_key: str  # left side of the Message-ID: the same at each attempt
    stamp: datetime
    photo: bytes = b""  # a small JPEG of whom the mail is about; goes with the mail
    photo_alt: str = ""

    @property
    def photo_id(self) -> str:
        """The Content-ID of the photo, without its angle brackets (RFC 2392)."""
        return f"photo.{self.message_key}@{self.domain}"


def compose_letter(words: LetterWords, envelope: Envelope) -> EmailMessage:
    """Write a mail without a calendar part.

    Raises:
        BadAddress: the candidate's address is none.
    """
    message = EmailMessage(policy=SMTP)
    message["Subject"] = for_header(words.subject, limit=200)
    message["From"] = Address(for_address(envelope.organisation), addr_spec=envelope.sender)
    message["To"] = recipient(envelope.to_name, envelope.to_email)
    message["Date"] = envelope.stamp
    message["Message-ID"] = f"<{envelope.message_key}@{envelope.domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office in return
    message["Content-Language"] = str(envelope.language)
    message.set_content(_plain(words, envelope.link))
    message.add_alternative(_html(words, envelope), subtype="html")
    if envelope.photo:
        _add_photo(message, envelope)
    return message


def _add_photo(message: EmailMessage, envelope: Envelope) -> None:
    """Put the photo beside the HTML (RFC 2387), and leave the calendar part last."""
    html = message.get_body(("html",))
    if html is None:
        raise AssertionError("the HTML was added before")
    html.add_related(
        envelope.photo,
        maintype="image",
        subtype="jpeg",
        cid=f"<{envelope.photo_id}>",
        disposition="inline",
        filename="coach.jpg",
    )
    html.set_param("type", "text/html")


def compose(facts: MailFacts) -> EmailMessage:
    """Write the mail about an appointment, with the appointment in it.

    Raises:
        BadAddress: the candidate's address is none.
    """
    message = compose_letter(_words(facts), _envelope(facts))
    (to,) = message["To"].addresses
    if to.addr_spec.lower() == facts.sender.lower():
        return message  # a program shows no invitation to its own organizer
    method = Method.CANCEL if facts.template is Template.CANCELLED else Method.REQUEST
    message.add_alternative(
        build_invitation(_invitation(facts), method).decode(),
        subtype="calendar",
        params={"method": str(method)},
    )
    return message


def _envelope(facts: MailFacts) -> Envelope:
    return Envelope(
        language=facts.language,
        to_name=facts.candidate_name,
        to_email=facts.candidate_email,
        link=facts.link,
        organisation=facts.organisation,
        sender=facts.sender,
        domain=facts.domain,
        message_key=facts.message_key,
        stamp=facts.stamp,
        photo=facts.photo if facts.template is Template.INVITATION else b"",
        photo_alt=catalogue(facts.language).say("photo.of", name=harmless(facts.coach_name)),
    )


def recipient(name: str, address: str) -> Address:
    """One person's address, name made harmless.

    Raises:
        BadAddress: it is not one plain address of a mailbox.
    """
    local, _, domain = address.partition("@")
    try:
        domain = domain.encode("idna").decode()
    except UnicodeError:
        raise BadAddress("no mail address") from None
    whole = f"{local}@{domain}"
    fits = _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(domain) and len(whole) <= _LONGEST_ADDRESS
    if not fits:
        raise BadAddress("no mail address")
    return Address(for_address(name), username=local, domain=domain)


def for_header(text: str, *, limit: int = 120) -> str:
    """A harmless line that no receiver takes for an encoded word (RFC 2047 2)."""
    return harmless(text, limit=limit).replace("=?", "= ?")


def for_address(name: str) -> str:
    """The name before an address: as much as one encoded word holds (RFC 2047 2).

    The standard library drops spaces where it splits a longer one.
    """
    line = for_header(name)
    if line.isascii():
        return line
    return line.encode()[:_ENCODED_WORD].decode(errors="ignore").rstrip()


def when_in_words(moment: datetime, zone: str, language: Language) -> str:
    """The day and the time on the clock of `zone`: "dinsdag 2 maart 2027, 14.00 uur"."""
    local = moment.astimezone(ZoneInfo(zone))
    day = format_date(local.date(), "EEEE d MMMM yyyy", locale=str(language))
    time = format_time(local, _CLOCK[language], tzinfo=ZoneInfo(zone), locale=str(language))
    return catalogue(language).say("mail.when", day=day, time=time)


def when_abroad(moment: datetime, zone: str, own_zone: str, language: Language) -> tuple[str, ...]:
    """The same moment on the candidate's own clock; nothing where that shows the same (E18)."""
    if not own_zone or to_wall(moment, ZoneInfo(zone)) == to_wall(moment, ZoneInfo(own_zone)):
        return ()
    when = when_in_words(moment, own_zone, language)
    return (catalogue(language).say("mail.when_own", when=when),)


def _words(facts: MailFacts) -> LetterWords:
    texts = catalogue(facts.language)
    coach = harmless(facts.coach_name)
    what = texts.say(
        "mail.what.practice" if facts.practice else f"mail.what.{facts.mode}", coach=coach
    )
    when = when_in_words(facts.starts_at, facts.zone, facts.language)
    cancelled = facts.template is Template.CANCELLED
    return LetterWords(
        subject=texts.say(f"mail.{_sort(facts)}.subject", what=what, when=when, coach=coach),
        hello=texts.say("mail.hello", name=harmless(facts.candidate_name)),
        intro=texts.say(f"mail.{_sort(facts)}.intro", what=what, coach=coach),
        when=when,
        before_button=() if cancelled else _explained(facts, texts, coach),
        button=_button(facts, texts) if facts.link and not cancelled else "",
        after_button=_help(facts, texts, coach),
        closing=texts.say("mail.closing", organisation=harmless(facts.organisation)),
    )


def _sort(facts: MailFacts) -> str:
    """Which sentences: a practice is invited to in its own words, a change says what is new."""
    invited = facts.practice and facts.template is Template.INVITATION
    if facts.template is Template.MOVED:
        who = "stand_in" if facts.own_coach else "now_with"
        return {Change.TIME: "moved", Change.FORM: "same_time", Change.COACH: who}[facts.change]
    return "practice" if invited else facts.template


def _button(facts: MailFacts, texts: Catalogue) -> str:
    if facts.practice and facts.mode is Mode.VIDEO:
        return texts.say("mail.practice.button")
    return texts.say("mail.by_phone.button" if facts.times else f"mail.button.{facts.mode}")


def _explained(facts: MailFacts, texts: Catalogue, coach: str) -> tuple[str, ...]:
    minutes = int((facts.ends_at - facts.starts_at).total_seconds() // 60)
    own = when_abroad(facts.starts_at, facts.zone, facts.own_zone, facts.language)
    lines = [*own, texts.say("mail.length", minutes=minutes)]
    if facts.own_coach:
        stays = texts.say("mail.stand_in.line", coach=coach, own=harmless(facts.own_coach))
        this_once = texts.say("mail.stand_in.once", coach=coach)
        lines[:0] = [stays] if _sort(facts) == "stand_in" else [this_once, stays]
    if facts.mode is Mode.OFFLINE:
        place = ", ".join(p for p in (facts.place_name, facts.place_address) if p)
        if place:
            lines.append(texts.say("mail.place", place=harmless(place, limit=300)))
        if facts.place_route:
            lines.append(texts.say("mail.route", route=harmless(facts.place_route, limit=1000)))
    elif facts.practice and facts.mode is Mode.VIDEO:
        lines.append(texts.say("mail.practice.how", coach=coach))
    else:
        lines.append(texts.say(f"mail.how.{facts.mode}", coach=coach))
    if facts.template is Template.MOVED and facts.link:
        lines.append(texts.say("mail.old_link"))
    if facts.times and facts.link:
        lines.append(texts.say("mail.by_phone.times"))
        lines += [when_in_words(one, facts.zone, facts.language) for one in facts.times]
        lines.append(texts.say("mail.by_phone.choose"))
    return tuple(lines)


def _help(facts: MailFacts, texts: Catalogue, coach: str) -> tuple[str, ...]:
    cancelled = facts.template is Template.CANCELLED
    lines = []
    if facts.phone:
        key = "mail.new_talk" if cancelled else "mail.help"
        lines.append(texts.say(key, coach=coach, phone=harmless(facts.phone, limit=32)))
    if facts.link and not cancelled:
        lines.append(texts.say("mail.only_you"))
    return tuple(lines)


def _plain(words: LetterWords, link: str) -> str:
    button = [f"{words.button}: {link}"] if words.button else []
    when = [words.when] if words.when else []
    lines = [words.hello, words.intro, *when, *words.before_button, *button]
    return "\n\n".join([*lines, *words.after_button, words.closing]) + "\n"


def _html(words: LetterWords, envelope: Envelope) -> str:
    paragraphs = [_paragraph(words.hello), _paragraph(words.intro)]
    if envelope.photo:
        paragraphs.append(_PHOTO.format(envelope.photo_id, envelope.photo_alt))
    if words.when:
        paragraphs.append(_WHEN.format(words.when))
    paragraphs += [_paragraph(line) for line in words.before_button]
    if words.button:
        paragraphs.append(_BUTTON.format(envelope.link, words.button))
    paragraphs += [_paragraph(line) for line in (*words.after_button, words.closing)]
    return _PAGE.format(str(envelope.language), words.subject, Markup("\n").join(paragraphs))


def _paragraph(line: str) -> Markup:
    return Markup('<p style="margin:0 0 16px">{}</p>').format(line)


_WHEN = Markup('<p style="margin:0 0 16px;font-size:20px"><strong>{}</strong></p>')
_PHOTO = Markup(
    '<p style="margin:0 0 16px"><img src="cid:{}" alt="{}" width="96" height="96"'
    ' style="border-radius:48px"></p>'
)
_BUTTON = Markup(
    '<p style="margin:24px 0"><a href="{}" style="display:inline-block;padding:14px 28px;'
    "background:#154273;color:#ffffff;font-size:18px;font-weight:bold;text-decoration:none;"
    'border-radius:4px">{}</a></p>'
)
_PAGE = Markup(
    '<!DOCTYPE html>\n<html lang="{}">\n<head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    "<title>{}</title></head>\n"
    '<body style="margin:0;padding:24px;background:#ffffff;color:#1a1a1a;'
    'font-family:Verdana,Arial,sans-serif;font-size:17px;line-height:1.5">\n'
    '<main style="max-width:36em">\n{}\n</main>\n</body>\n</html>\n'
)


def _invitation(facts: MailFacts) -> InvitationFacts:
    texts = catalogue(facts.language)
    cancelled = facts.template is Template.CANCELLED
    at_place = facts.mode is Mode.OFFLINE
    place = ", ".join(part for part in (facts.place_name, facts.place_address) if part)
    address = recipient(facts.candidate_name, facts.candidate_email)
    return InvitationFacts(
        uid=facts.uid,
        revision=facts.revision,
        summary=texts.say("mail.summary", coach=harmless(facts.coach_name)),
        description="" if cancelled else "\n".join(_help(facts, texts, harmless(facts.coach_name))),
        location=place if at_place else "",
        url="" if cancelled else facts.link,
        starts_at=facts.starts_at,
        ends_at=facts.ends_at,
        zone=facts.zone,
        organizer=facts.sender,
        organizer_name=facts.organisation,
        attendee=address.addr_spec,
        attendee_name=facts.candidate_name,
        stamp=facts.stamp,
        answers=facts.answers,
    )
