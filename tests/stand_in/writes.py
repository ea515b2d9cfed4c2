"""PUT and DELETE: conditions (RFC 9110 13), the check of the UID (RFC 4791 5.3.2.1), quirks."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tests.stand_in import dav
from tests.stand_in.quirks import Tags, Trash, UidCheck
from tests.stand_in.store import Calendar, NoCalendarObject, identity

if TYPE_CHECKING:
    from tests.stand_in.answers import Answers

_XML = {"Content-Type": "application/xml; charset=utf-8"}
_TAG = re.compile(r'(?:W/)?"[^"]*"|\*')


def write(
    answers: "Answers", calendar: Calendar, name: str, data: bytes, headers: Mapping[str, str]
) -> dict[str, Any]:
    """Status, body and headers of a PUT."""
    quirks, there = answers.quirks, name in calendar.objects
    if not calendar.may_write:
        return _refused(403, "D:need-privileges")
    if not _holds(answers, calendar, name, headers):
        return {"status": 412}
    try:
        uid, component = identity(data)
    except NoCalendarObject:
        return _refused(403, "C:valid-calendar-data")
    if component not in calendar.components:
        return _refused(403, "C:supported-calendar-component")
    taken = _uid_refused(answers, calendar, name, uid)
    if taken is not None:
        return taken
    kept = _rewritten(data) if quirks.rewrites else data
    if quirks.renames and not there:
        name = f"own-{calendar.now + 1}.ics"
    answers.later(lambda: calendar.put(name, kept))
    return {"status": 204 if there else 201, "headers": _tag_after(answers, calendar, name)}


def remove(
    answers: "Answers", calendar: Calendar, name: str, headers: Mapping[str, str]
) -> dict[str, Any]:
    """Status, body and headers of a DELETE."""
    if not calendar.may_write:
        return _refused(403, "D:need-privileges")
    if not _holds(answers, calendar, name, headers):
        return {"status": 412}
    if name not in calendar.objects:
        return {"status": 404}
    answers.later(lambda: calendar.remove(name))
    return {"status": 204}


def _tag_after(answers: "Answers", calendar: Calendar, name: str) -> dict[str, str]:
    quirks, kept = answers.quirks, calendar.objects.get(name)
    if kept is None or quirks.delay or quirks.rewrites or quirks.tags is Tags.NONE_ON_PUT:
        return {}
    weak = quirks.tags in (Tags.WEAK, Tags.WEAK_ON_PUT)
    return {"ETag": f'{"W/" if weak else ""}"{kept.tag}"'}


def _holds(answers: "Answers", calendar: Calendar, name: str, headers: Mapping[str, str]) -> bool:
    """Whether If-Match and If-None-Match let the write pass (strong comparison for If-Match)."""
    kept = calendar.objects.get(name)
    own = {f'"{kept.tag}"', "*"} if kept is not None else set()
    weak = answers.quirks.tags is Tags.WEAK
    wanted, unwanted = headers.get("If-Match"), headers.get("If-None-Match")
    if wanted is not None and answers.quirks.if_match:
        named = set(_TAG.findall(wanted)) - (own - {"*"} if weak else set())
        if not named & own:
            return False
    if unwanted is not None and answers.quirks.if_none_match:
        named = {tag.removeprefix("W/") for tag in _TAG.findall(unwanted)}
        return not named & own
    return True


def _uid_refused(
    answers: "Answers", calendar: Calendar, name: str, uid: str
) -> dict[str, Any] | None:
    quirks, holder, replaced = answers.quirks, calendar.holder(uid), calendar.objects.get(name)
    if holder is None and uid in calendar.trash and quirks.trash is not Trash.FREE:
        return _in_trash(int(quirks.trash))
    other_uid = replaced is not None and replaced.uid != uid  # the other half of RFC 4791 5.3.2.1
    if other_uid or holder not in (None, name):
        return _conflict(quirks.uid_check)
    return None


def _conflict(check: UidCheck) -> dict[str, Any] | None:
    match check:
        case UidCheck.CONFLICT | UidCheck.PRECONDITION:
            return _refused(int(check), "C:no-uid-conflict")
        case UidCheck.FORBIDDEN:
            return _refused(403, "C:unique-scheduling-object-resource")
        case UidCheck.BAD_REQUEST:
            return _worded(400, "Calendar object with uid already exists in this calendar")
        case UidCheck.ABSENT:
            return None


def _in_trash(status: int) -> dict[str, Any]:
    return _worded(status, "Deleted calendar object with uid already exists in this calendar")


def _worded(status: int, words: str) -> dict[str, Any]:
    body = (
        '<?xml version="1.0" encoding="utf-8"?>\n<d:error xmlns:d="DAV:" xmlns:s="urn:words">'
        f"<s:message>{words}</s:message></d:error>"
    )
    return {"status": status, "body": body.encode(), "headers": _XML}


def _refused(status: int, condition: str) -> dict[str, Any]:
    return {"status": status, "body": dav.error(condition), "headers": _XML}


def _rewritten(data: bytes) -> bytes:
    """The same event as some servers keep it: another author, and a property more."""
    mine = re.sub(
        rb"PRODID:[^\r\n]*(\r?\n[ \t][^\r\n]*)*", b"PRODID:-//Stand-in//EN", data, count=1
    )
    stamp = b"X-STAND-IN-SEEN:1\r\nEND:V"
    return re.sub(rb"(?:X-STAND-IN-SEEN:1\r\n)?END:V(EVENT|TODO|JOURNAL)", stamp + rb"\1", mine)
