"""What can be done instead, in the words of a planner's button."""

from coaching.facts import BookingFacts
from coaching.settings import BlendSettings
from coaching.verdict import Alternative, Text
from coaching.words import MeetingKind, Mode

OFFLINE_LABEL = Text(nl="Op locatie afspreken", en="Meet at a location")
ACQUAINTANCE_LABEL = Text(
    nl="Eerst kennismaken op locatie", en="First get acquainted at a location"
)
PHONE_LABEL = Text(nl="Bellen", en="Talk by phone")
VIDEO_LABEL = Text(nl="Videobellen", en="Talk by video")
PRACTICE_LABEL = Text(nl="Eerst oefenen met videobellen", en="First practise a video talk")
ONSITE_LABEL = Text(
    nl="Oefenen op locatie, bij het volgende gesprek",
    en="Practise at a location, with the next talk",
)


def offline(facts: BookingFacts, settings: BlendSettings) -> tuple[Alternative, ...]:
    """The same talk at a location, at the first free slots."""
    return _at_slots(facts, settings, OFFLINE_LABEL, facts.kind)


def acquaintance(facts: BookingFacts, settings: BlendSettings) -> tuple[Alternative, ...]:
    """An acquaintance at a location, at the first free slots."""
    return _at_slots(facts, settings, ACQUAINTANCE_LABEL, MeetingKind.ACQUAINTANCE)


def phone(facts: BookingFacts) -> Alternative:
    """The same talk by phone, at the same time."""
    return Alternative(label=PHONE_LABEL, kind=facts.kind, mode=Mode.PHONE)


def video(facts: BookingFacts) -> Alternative:
    """The same talk by video, at the same time."""
    return Alternative(label=VIDEO_LABEL, kind=facts.kind, mode=Mode.VIDEO)


def practice() -> Alternative:
    """A practice by video."""
    return Alternative(label=PRACTICE_LABEL, kind=MeetingKind.PRACTICE, mode=Mode.VIDEO)


def onsite_practice() -> Alternative:
    """A practice next to a human, on the candidate's own device."""
    return Alternative(label=ONSITE_LABEL, kind=MeetingKind.PRACTICE, mode=Mode.OFFLINE)


def step(action: str, label: Text) -> Alternative:
    """A step that is not a booking."""
    return Alternative(label=label, action=action)


def _at_slots(
    facts: BookingFacts, settings: BlendSettings, label: Text, kind: MeetingKind
) -> tuple[Alternative, ...]:
    slots = facts.offline_slots[: settings.offline_slots] or (None,)
    return tuple(
        Alternative(label=label, kind=kind, mode=Mode.OFFLINE, starts_at=slot) for slot in slots
    )
