"""Signing in and out, and who stands behind a cookie."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from coaching.errors import BadInput, Conflict, NotAllowed, Unavailable
from coaching.words import Language, StaffRole
from server.secrets import new_token, token_hash
from server.store import due, keys, meetings, people, sessions
from server.store.database import Tx
from server.usecases.context import (
    Actor,
    CandidateId,
    GuestActor,
    MeetingId,
    Parts,
    StaffActor,
    StaffId,
)
from server.usecases.fields import clean_email, clean_name, clean_phone
from server.usecases.passwords import (
    check_password,
    hash_password,
    needs_rehash,
    verify_password,
)
from server.usecases.throttle import WITHIN, block_of, count_attempts

IDLE = timedelta(minutes=30)
_ABSOLUTE = timedelta(hours=12)
_TOUCH_AFTER = timedelta(minutes=1)  # not a write for every page
_KEY_LIFE = timedelta(hours=24)  # of an idempotency key (security handbook 2.8)
_MOMENT_LIFE = timedelta(days=400)  # longer than anything is looked back at
_LINK_HOURS = 24 * 366  # the longest that a sign-in link may live


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
    if not roles:
        raise BadInput("roles_needed", field="roles")
    values = {"name": clean_name(name), "email": clean_email(email), "phone": clean_phone(phone)}
    if password is not None:
        own = (*values["name"].split(), values["email"], parts.settings.organisation)
        check_password(password, words=own)
    hashed = None if password is None else await hash_password(password)

    async def work(tx: Tx) -> StaffId:
        if await people.staff_by_email(tx, values["email"]):
            raise Conflict("email_taken")
        made = await people.insert_staff(
            tx,
            **values,
            roles=sorted(roles),
            language=language,
            password_hash=hashed,
            active=True,
            created_at=now,
        )
        return StaffId(made)

    return await parts.database.run(work)


async def sign_in(parts: Parts, email: str, password: str, *, address: str, now: datetime) -> str:
    """Give a session token for the cookie.

    The same time and the same words for an unknown address and a wrong password. The attempt is
    counted before the password is looked at, so that many at once are throttled too.

    Raises:
        NotAllowed: `sign_in_failed`.
        Unavailable: `sign_in_throttled` after ten failures in half an hour (account or address).
    """
    account = _account(email)
    attempts = await _count_attempt(parts, account, address, now=now)
    async with parts.database.read() as tx:
        found = await people.staff_by_email(tx, account)
    kept = found.password_hash if found and found.active else None
    if not await verify_password(password[:1000], kept) or found is None or kept is None:
        raise NotAllowed("sign_in_failed")
    stronger = await hash_password(password) if needs_rehash(kept) else None

    async def work(tx: Tx) -> str:
        await sessions.take_failures_back(tx, *attempts)
        if stronger:
            await people.keep_password_hash(tx, found.id, stronger)
        return await _begin_session(tx, found.id, now=now)

    return await parts.database.run(work)


async def create_login_link(parts: Parts, staff: StaffId, *, hours: int, now: datetime) -> str:
    """Make a link token that signs this person in until it expires (1 hour to a year).

    Raises:
        BadInput: `hours_bad`, or `staff_unknown`.
    """
    if not 1 <= hours <= _LINK_HOURS:
        raise BadInput("hours_bad", field="hours", least=1, most=_LINK_HOURS)
    token = new_token()

    async def work(tx: Tx) -> None:
        if await people.staff_by_id(tx, staff) is None:
            raise BadInput("staff_unknown", field="staff")
        expires_at = now + timedelta(hours=hours)
        await sessions.insert_login_link(
            tx, token_hash(token), staff_id=staff, expires_at=expires_at
        )

    await parts.database.run(work)
    return token


async def name_behind_link(parts: Parts, token: str, *, now: datetime) -> str | None:
    """The first name of whom a sign-in link is for, or None. Reads only."""
    async with parts.database.read() as tx:
        found = await _staff_behind_link(tx, token, now=now)
    return found.name.split()[0] if found else None


async def sign_in_by_link(parts: Parts, token: str, *, now: datetime) -> str:
    """Give a session token for the cookie.

    Raises:
        NotAllowed: `link_unknown`.
    """

    async def work(tx: Tx) -> str:
        found = await _staff_behind_link(tx, token, now=now)
        if found is None:
            raise NotAllowed("link_unknown")
        return await _begin_session(tx, found.id, now=now)

    return await parts.database.run(work)


async def actor_behind(
    parts: Parts, session: str, *, now: datetime, by_hand: bool = True
) -> Actor | None:
    """Who stands behind a session token, or None: idle 30 minutes, absolute 12 hours.

    A page that asks by itself (`by_hand` false) is no activity. A guest's session lasts until the
    window of the talk closes, or a talk that runs late is over.
    """
    hashed = token_hash(session)
    async with parts.database.glance() as tx:
        found = await sessions.session_behind(tx, hashed)
        if found is None or found.expires_at <= now:
            return None
        if found.staff_id is None:
            return await _guest(tx, found)
        if found.seen_at <= now - IDLE:
            return None
    actor = _staff_actor(StaffId(found.staff_id), found)
    if actor and by_hand and found.seen_at <= now - _TOUCH_AFTER:
        await parts.database.run(lambda tx: sessions.touch_session(tx, hashed, now=now))
    return actor


async def sign_out(parts: Parts, session: str) -> UUID | None:
    """End a session; gives its device so that its sockets can be closed."""
    hashed = token_hash(session)
    return await parts.database.run(lambda tx: sessions.end_session(tx, hashed))


def _account(email: str) -> str:
    """The address as it is stored; what is no address is nobody's."""
    try:
        return clean_email(email)
    except BadInput:
        return ""


async def _count_attempt(
    parts: Parts, account: str, address: str, *, now: datetime
) -> tuple[UUID, ...]:
    subjects = (f"account:{account}", f"address:{block_of(address)}")
    refusal = Unavailable("sign_in_throttled")
    return await count_attempts(parts, subjects, refusal=refusal, now=now)


async def _begin_session(tx: Tx, staff_id: UUID, *, now: datetime) -> str:
    """A new session; what no longer opens or repeats anything is forgotten on the way."""
    await sessions.forget_expired(tx, now=now, failures_before=now - WITHIN)
    await keys.forget_answers(tx, before=now - _KEY_LIFE)
    await due.forget_moments(tx, before=now - _MOMENT_LIFE)
    token = new_token()
    await sessions.insert_session(
        tx,
        token_hash(token),
        staff_id=staff_id,
        csrf=secrets.token_urlsafe(24),
        expires_at=now + _ABSOLUTE,
        now=now,
    )
    return token


async def _staff_behind_link(tx: Tx, token: str, *, now: datetime) -> people.StaffRecord | None:
    staff_id = await sessions.staff_behind_link(tx, token_hash(token), now=now)
    found = await people.staff_by_id(tx, staff_id) if staff_id else None
    return found if found and found.active else None


def _staff_actor(staff: StaffId, session: sessions.SessionRecord) -> StaffActor | None:
    if not session.active or session.language is None:
        return None
    return StaffActor(
        id=staff,
        name=session.name or "",
        roles=frozenset(StaffRole(role) for role in session.roles or ()),
        language=Language(session.language),
        device=session.device,
        csrf=session.csrf,
    )


async def _guest(tx: Tx, session: sessions.SessionRecord) -> GuestActor | None:
    invitation = (
        await meetings.invitation_by_id(tx, session.invitation_id)
        if session.invitation_id
        else None
    )
    meeting = await meetings.meeting_by_id(tx, invitation.meeting_id) if invitation else None
    candidate = await people.candidate_by_id(tx, meeting.candidate_id) if meeting else None
    if meeting is None or candidate is None:
        return None
    return GuestActor(
        meeting=MeetingId(meeting.id),
        candidate=CandidateId(candidate.id),
        name=candidate.name,
        language=Language(candidate.language),
        device=session.device,
        csrf=session.csrf,
    )
