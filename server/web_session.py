"""Who visits: the cookies of one browser, and the people behind them."""

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from aiohttp import hdrs, web

from coaching.words import Language
from server.config import Settings
from server.usecases.accounts import actor_behind
from server.usecases.context import GuestActor, MeetingId, Parts, StaffActor

STAFF_SECONDS = 12 * 3600
GUEST_SECONDS = 24 * 3600
_YEAR = 365 * 24 * 3600
_OURS = re.compile(r"[A-Za-z0-9_-]{43}")  # 256 bits, as `secrets.token_urlsafe` writes them
# What an open page asks again and again: whoever left it open is not at work.
_ASKED_BY_ITSELF = (
    "/today/waiting",
    "/waiting",
    "/pointed",
    "/tasks",
    "/practising",
    "/fallback",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CookieNames:
    """Names of the cookies; `__Host-` binds them to https and this host (RFC 6265bis 4.1.3)."""

    staff: str
    guest: str
    stranger: str
    language: str
    device: str


def cookie_names(settings: Settings) -> CookieNames:
    """The names for this installation."""
    lead = "__Host-" if settings.secure else ""
    return CookieNames(
        staff=f"{lead}ts",
        guest=f"{lead}tsg",
        stranger=f"{lead}tsx",
        language=f"{lead}tsl",
        device=f"{lead}tsd",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Everything that is known of whoever sent this request."""

    staff: StaffActor | None
    guest: GuestActor | None
    stranger_csrf: str
    stranger_is_new: bool
    chosen_language: Language | None

    @property
    def csrf(self) -> str:
        """The value that forms on this person's pages carry."""
        return self.staff.csrf if self.staff else self.stranger_csrf

    def language(self, settings: Settings) -> Language:
        """The language of pages: chosen on this device, else the person's, else the house's."""
        person = self.staff or self.guest
        return self.chosen_language or (person.language if person else Language(settings.language))

    def accepts(self, csrf: str) -> bool:
        """Whether a form with this value came from a page that we gave to this browser."""
        known = [self.csrf, *([self.guest.csrf] if self.guest else [])]
        return any(_same(csrf, value) for value in known)

    def one_of_the_two(
        self, meeting: MeetingId, *, as_coach: bool
    ) -> StaffActor | GuestActor | None:
        """As whom this browser opens a talk, when it holds both a link and a staff session."""
        if self.guest and self.guest.meeting == meeting and not as_coach:
            return self.guest
        return self.staff or self.guest

    def with_csrf(self, csrf: str) -> StaffActor | GuestActor | None:
        """The one of this browser's people whose page sent this value."""
        for actor in (self.staff, self.guest):
            if actor and _same(actor.csrf, csrf):
                return actor
        return None


def _same(one: str, other: str) -> bool:
    """Compare in constant time; a header may hold bytes that are no UTF-8."""
    return hmac.compare_digest(
        one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass")
    )


def stranger(settings: Settings) -> Visit:
    """A visit of which nothing is known, for pages that are shown when all else fails."""
    return Visit(
        staff=None,
        guest=None,
        stranger_csrf="",
        stranger_is_new=False,
        chosen_language=Language(settings.language),
    )


async def read_visit(parts: Parts, request: web.Request, *, now: datetime) -> Visit:
    """Find the people behind the cookies of `request`."""
    names = cookie_names(parts.settings)
    staff = await _actor(parts, request, names.staff, now=now)
    guest = await _actor(parts, request, names.guest, now=now)
    shown = request.cookies.get(names.stranger, "")
    known = shown if _OURS.fullmatch(shown) else ""  # it goes into pages, which are UTF-8
    language = request.cookies.get(names.language)
    return Visit(
        staff=staff if isinstance(staff, StaffActor) else None,
        guest=guest if isinstance(guest, GuestActor) else None,
        stranger_csrf=known or secrets.token_urlsafe(32),
        stranger_is_new=not known,
        chosen_language=Language(language) if language in set(Language) else None,
    )


async def _actor(
    parts: Parts, request: web.Request, cookie: str, *, now: datetime
) -> StaffActor | GuestActor | None:
    token = request.cookies.get(cookie)
    return await actor_behind(parts, token, now=now, by_hand=_by_hand(request)) if token else None


def _by_hand(request: web.Request) -> bool:
    """Whether a person asked; what a script fetches says so of itself (Fetch Metadata 2.1)."""
    looks = request.method == hdrs.METH_GET and request.path.endswith(_ASKED_BY_ITSELF)
    return not looks or request.headers.get("Sec-Fetch-Dest", "empty") == "document"


def keep(
    response: web.StreamResponse, settings: Settings, name: str, value: str, *, seconds: int
) -> None:
    """Give the browser a cookie that no script reads and no other site sends along in a form."""
    response.set_cookie(
        name,
        value,
        path="/",
        secure=settings.secure,
        httponly=True,
        samesite="Lax",
        max_age=seconds,
    )


def keep_language(response: web.StreamResponse, settings: Settings, language: Language) -> None:
    """Remember the language that somebody chose on this device."""
    keep(response, settings, cookie_names(settings).language, language, seconds=_YEAR)


def keep_stranger(response: web.StreamResponse, settings: Settings, visit: Visit) -> None:
    """Give a new visitor the cookie that the hidden field of forms must equal."""
    keep(
        response,
        settings,
        cookie_names(settings).stranger,
        visit.stranger_csrf,
        seconds=STAFF_SECONDS,
    )
