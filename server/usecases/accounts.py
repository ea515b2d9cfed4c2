"""Signing in and out, and who stands behind a cookie."""

from datetime import datetime
from uuid import UUID

from coaching.words import Language, StaffRole
from server.usecases.context import Actor, Parts, StaffId


async def create_staff(
    parts: Parts,
    *,
    name: str,
    email: str,
    phone: str,
    roles: frozenset[StaffRole],
    language: Language,
    password: str | None,
    now: datetime,
) -> StaffId:
    """Add a member of staff. A password has 12 to 128 characters and is not a common one.

    Raises:
        BadInput: a field cannot be used.
        Conflict: `email_taken`.
    """
    raise NotImplementedError


async def sign_in(parts: Parts, email: str, password: str, *, address: str, now: datetime) -> str:
    """Give a session token for the cookie.

    The same time and the same words for an unknown address and a wrong password.

    Raises:
        NotAllowed: `sign_in_failed`.
        Unavailable: `sign_in_throttled` after ten failures in half an hour (account or address).
    """
    raise NotImplementedError


async def create_login_link(parts: Parts, staff: StaffId, *, hours: int, now: datetime) -> str:
    """Make a link token that signs this person in until it expires."""
    raise NotImplementedError


async def name_behind_link(parts: Parts, token: str, *, now: datetime) -> str | None:
    """The first name of whom a sign-in link is for, or None. Reads only."""
    raise NotImplementedError


async def sign_in_by_link(parts: Parts, token: str, *, now: datetime) -> str:
    """Give a session token for the cookie.

    Raises:
        NotAllowed: `link_unknown`.
    """
    raise NotImplementedError


async def actor_behind(parts: Parts, session: str, *, now: datetime) -> Actor | None:
    """Who stands behind a session token, or None: idle 30 minutes, absolute 12 hours."""
    raise NotImplementedError


async def sign_out(parts: Parts, session: str) -> UUID | None:
    """End a session; gives its device so that its sockets can be closed."""
    raise NotImplementedError
