"""How much a foreign event counts (calendar 11.6): hard, soft, or not at all."""

from calendar_sync.event_times import parameters
from calendar_sync.events import Weight
from calendar_sync.hostile import Part, value_of

_SOFT_ANSWERS = frozenset({"NEEDS-ACTION", "TENTATIVE"})
_NO_ANSWERS = frozenset({"DECLINED", "DELEGATED"})  # somebody else goes
_ONLINE = ("://", "teams", "zoom", "webex", "google meet", "jitsi", "online", "telefo")


def weight(
    part: Part, *, all_day: bool, owner_addresses: frozenset[str], elsewhere: Weight | None
) -> Weight | None:
    """The weight of one event; None: it takes no time.

    `owner_addresses` are the owner's mail addresses in small letters. `elsewhere` is what
    "working elsewhere" counts for. Free wins over everything: who is asked for a day but shown
    as free is free. Microsoft's own word wins over the common one.
    """
    if part.value("STATUS") == "CANCELLED" or part.value("TRANSP") == "TRANSPARENT":
        return None
    answer = _answer(part, owner_addresses)
    if answer in _NO_ANSWERS or (answer == "NEEDS-ACTION" and all_day):
        return None
    shown = _shown_as(part, elsewhere)
    if shown is Weight.HARD and answer in _SOFT_ANSWERS:
        return Weight.SOFT
    return shown


def owner_declined(part: Part, owner_addresses: frozenset[str]) -> bool:
    """Whether the owner of one of these mail addresses refused the invitation."""
    return _answer(part, owner_addresses) in _NO_ANSWERS


def _shown_as(part: Part, elsewhere: Weight | None) -> Weight | None:
    shown = part.value("X-MICROSOFT-CDO-BUSYSTATUS")
    if shown not in ("BUSY", "OOF"):
        intended = part.value("X-MICROSOFT-CDO-INTENDEDSTATUS")
        shown = "FREE" if intended == "FREE" else shown or intended
    match shown:
        case "FREE":
            return None
        case "WORKINGELSEWHERE":
            return elsewhere
        case "TENTATIVE":
            return Weight.SOFT
        case _:
            return Weight.SOFT if part.value("STATUS") == "TENTATIVE" else Weight.HARD


def _answer(part: Part, addresses: frozenset[str]) -> str:
    """What the owner answered to the invitation; "" when none was needed."""
    attendees = part.lines.get("ATTENDEE")
    if not attendees or not addresses:
        return ""
    for line in attendees:
        head = line[: len(line) - len(value_of(line))].removesuffix(":")
        given = parameters(head)
        if addresses & {_address(value_of(line)), _address(given.get("EMAIL", ""))}:
            return given.get("PARTSTAT", "").upper() or _unsaid(part, addresses)
    return ""


def _unsaid(part: Part, addresses: frozenset[str]) -> str:
    """RFC 5545 3.2.12: needs action; but who organises it, comes."""
    organizer = part.one("ORGANIZER")
    own = organizer is not None and _address(value_of(organizer)) in addresses
    return "" if own else "NEEDS-ACTION"


def _address(text: str) -> str:
    return text.strip().lower().removeprefix("mailto:")


def at_place(part: Part) -> bool:
    """The event names a place that one has to go to."""
    location = value_of((part.lines.get("LOCATION") or [""])[0]).strip().lower()
    return bool(location) and not any(word in location for word in _ONLINE)
