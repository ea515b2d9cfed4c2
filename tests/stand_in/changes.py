"""sync-collection (RFC 6578), in all the ways in which servers get it wrong."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from lxml import etree

from tests.stand_in import dav
from tests.stand_in.dav import D
from tests.stand_in.places import Place
from tests.stand_in.quirks import BadToken
from tests.stand_in.store import Calendar

if TYPE_CHECKING:
    from tests.stand_in.answers import Answers, Asked

_TOKEN = re.compile(r"https://stand-in\.example/sync/(\d+)/(\d+)")
_XML = {"Content-Type": "application/xml; charset=utf-8"}
_CUT = "507 Insufficient Storage"


def token_of(calendar: Calendar, number: int | None = None) -> str:
    """The token after a change; None: after the newest."""
    at = calendar.now if number is None else number
    return f"https://stand-in.example/sync/{calendar.number}/{at}"


def sync_collection(
    answers: "Answers", asked: "Asked", place: Place, calendar: Calendar, root: etree._Element
) -> dict[str, Any]:
    """Status, body and headers of the answer."""
    quirks, given = answers.quirks, dav.text_of(root, D, "sync-token") or ""
    since = _number(calendar, given)
    limit = root.find(f"{{{D}}}limit/{{{D}}}nresults")
    if limit is not None and quirks.limit_refused:
        wrong = dav.error("D:number-of-matches-within-limits")
        return {"status": 507, "body": wrong, "headers": _XML}
    if since is None and quirks.bad_token is BadToken.GONE:
        return {"status": 410}
    if since is None and quirks.bad_token.value in ("403", "409", "412"):
        wrong = dav.error("D:valid-sync-token")
        return {"status": int(quirks.bad_token), "body": wrong, "headers": _XML}
    if since is None:
        since = calendar.now if quirks.bad_token is BadToken.NOTHING else 0
    most = min(
        (n for n in (quirks.cut_at, int(str(limit.text)) if limit is not None else None) if n),
        default=None,
    )
    until = max(since, min(calendar.asked_at, calendar.now)) if quirks.late else calendar.now
    calendar.asked_at = calendar.now
    page = _page(answers, asked, place, calendar, root, since=since, until=until, most=most)
    members, token = page
    body = dav.multistatus(members, token=token)
    return {"status": 207, "body": body, "headers": _XML}


def _number(calendar: Calendar, given: str) -> int | None:
    """The change that a token stands for; None for a token that is not valid here."""
    if not given:
        return 0
    known = _TOKEN.fullmatch(given)
    if known is None or int(known[1]) != calendar.number:
        return None
    number = int(known[2])
    return number if calendar.oldest_token <= number <= calendar.now else None


def _page(
    answers: "Answers",
    asked: "Asked",
    place: Place,
    calendar: Calendar,
    root: etree._Element,
    *,
    since: int,
    until: int,
    most: int | None,
) -> tuple[list[str], str]:
    quirks, wanted = answers.quirks, dav.asked(root)
    changes = [
        (at, name)
        for at, name in calendar.since(since, until)
        if name in calendar.objects or (since and quirks.tells_deletions)
    ]
    page = changes[:most]
    members = list(_ghosts(answers, asked, calendar)) if not since else []
    members += answers.foreign(calendar, wanted) if page else []  # beside ours
    for _, name in page:
        if name in calendar.objects:
            members.append(answers.member(calendar, name, asked, wanted))
        else:
            members.append(dav.status(_href(answers, asked, calendar, name), "404 Not Found"))
    if len(page) == len(changes):
        return members, token_of(calendar, until)
    if not quirks.says_cut:
        return members, token_of(calendar, until)  # the rest is skipped for ever
    members.append(dav.status(answers.href(place, asked), _CUT))
    return members, token_of(calendar, page[-1][0])


def _ghosts(answers: "Answers", asked: "Asked", calendar: Calendar) -> Iterator[str]:
    for number in range(answers.quirks.ghosts):
        name = f"removed-long-ago-{number}.ics"
        yield dav.status(_href(answers, asked, calendar, name), "404 Not Found")


def _href(answers: "Answers", asked: "Asked", calendar: Calendar, name: str) -> str:
    place = Place(kind="object", user=calendar.owner, calendar=calendar.name, name=name)
    return answers.href(place, asked)
