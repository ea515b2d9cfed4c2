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
from server.usecases.throttle import WITHIN, block_of, count_attempts, hash_subject

IDLE = timedelta(minutes=30)
_ABSOLUTE = timedelta(hours=12)
_TOUCH_AFTER = timedelta(minutes=1)  # not a write for every page
_KEY_LIFE = timedelta(hours=24)  # of an idempotency key (security handbook 2.8)
_MOMENT_LIFE = timedelta(days=400)  # longer than anything is looked back at
_LINK_LIFE = timedelta(minutes=30)  # of a sign-in link, which is good once
_DEMO_LINK_LIFE = timedelta(hours=24)  # of one that a demo prints: good as often as it is pressed
_PLACE_LIFE = timedelta(days=30)  # that it counts where somebody signed in well


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
            Where this account signed in well within a month only failures from there count, so
            that a stranger shuts nobody out (T11).
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
        await sessions.keep_login_place(tx, _place(parts, account, address), now=now)
        if stronger:
            await people.keep_password_hash(tx, found.id, stronger)
        return await _begin_session(tx, found.id, now=now)

    return await parts.database.run(work)


async def create_login_link(parts: Parts, staff: StaffId, *, now: datetime) -> str:
    """Make a link token that signs this person in once, within half an hour.

    Raises:
        BadInput: `staff_unknown`.
    """
    return await _create_link(parts, staff, lasts=_LINK_LIFE, reusable=False, now=now)


async def create_demo_link(parts: Parts, staff: StaffId, *, now: datetime) -> str:
    """Make a link token that signs this person of a demo in for a day, however often.

    An installation that is no demo (`TWEESPRAAK_DEMO`) opens nothing by it.

    Raises:
        BadInput: `staff_unknown`.
    """
    return await _create_link(parts, staff, lasts=_DEMO_LINK_LIFE, reusable=True, now=now)


async def create_login_link_for(parts: Parts, email: str, *, now: datetime) -> str:
    """As `create_login_link`, for whoever of the staff has this address.

    Raises:
        BadInput: `staff_unknown`, also for somebody whose account is closed.
    """
    async with parts.database.read() as tx:
        found = await people.staff_by_email(tx, _account(email))
    if found is None or not found.active:
        raise BadInput("staff_unknown", field="email")
    return await create_login_link(parts, StaffId(found.id), now=now)


async def _create_link(
    parts: Parts, staff: StaffId, *, lasts: timedelta, reusable: bool, now: datetime
) -> str:
    token = new_token()

    async def work(tx: Tx) -> None:
        if await people.staff_by_id(tx, staff) is None:
            raise BadInput("staff_unknown", field="staff")
        expires_at = now + lasts
        await sessions.insert_login_link(
            tx, token_hash(token), staff_id=staff, expires_at=expires_at, reusable=reusable
        )

    await parts.database.run(work)
    return token


async def name_behind_link(parts: Parts, token: str, *, now: datetime) -> str | None:
    """The first name of whom a sign-in link is for, or None. Reads only."""
    async with parts.database.read() as tx:
        found = await _staff_behind_link(parts, tx, token, now=now)
    return found.name.split()[0] if found else None


async def sign_in_by_link(
    parts: Parts, token: str, *, address: str | None = None, now: datetime
) -> str:
    """Give a session token for the cookie; the link opens nothing more, but in a demo.

    From `address`, where it is known, this person may sign in by password after that, whatever
    strangers tried.

    Raises:
        NotAllowed: `link_unknown`, also for one that was used or is too old.
    """

    async def work(tx: Tx) -> str:
        found = await _staff_behind_link(parts, tx, token, now=now, spend=True)
        if found is None:
            raise NotAllowed("link_unknown")
        if address is not None:
            place = _place(parts, found.email, address)
            await sessions.keep_login_place(tx, place, now=now)
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
    block = block_of(address)
    async with parts.database.read() as tx:
        place = _place(parts, account, address)
        known = await sessions.signed_in_from(tx, place, since=now - _PLACE_LIFE)
    whose = f"account:{account}|{block}" if known else f"account:{account}"
    refusal = Unavailable("sign_in_throttled")
    return await count_attempts(parts, (whose, f"address:{block}"), refusal=refusal, now=now)


def _place(parts: Parts, account: str, address: str) -> str:
    return hash_subject(parts, f"place:{account}|{block_of(address)}")


async def _begin_session(tx: Tx, staff_id: UUID, *, now: datetime) -> str:
    """A new session; what no longer opens or repeats anything is forgotten on the way."""
    await sessions.forget_expired(
        tx, now=now, failures_before=now - WITHIN, places_before=now - _PLACE_LIFE
    )
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


async def _staff_behind_link(
    parts: Parts, tx: Tx, token: str, *, now: datetime, spend: bool = False
) -> people.StaffRecord | None:
    """Who may come in by it; `spend`: they do, and it was good once."""
    hashed = token_hash(token)
    link = await sessions.link_behind(tx, hashed, now=now)
    if link is None or (link.reusable and not parts.settings.demo):
        return None
    if spend and not link.reusable and not await sessions.spend_login_link(tx, hashed):
        return None
    found = await people.staff_by_id(tx, link.staff_id)
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
