"""A short code instead of a link: made on one device, typed on another."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from coaching.errors import BadInput, NotFound, Unavailable
from coaching.words import Mode
from server.secrets import token_hash
from server.store import getting_in, meetings, sessions
from server.store.database import Tx
from server.usecases.access import has_old_link
from server.usecases.context import GuestActor, Parts
from server.usecases.throttle import block_of, count_attempts

CODE_MINUTES = 60
_LIFE = timedelta(minutes=CODE_MINUTES)
# Without I, L, O, U, 0 and 1, which look or sound like others. 30^8: 39 bits.
_SIGNS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
_LENGTH = 8
_HALF = _LENGTH // 2
_MOST_TYPED = 40


async def code_of_link(parts: Parts, token: str, *, now: datetime) -> str:
    """A new code for the invitation behind a link, as people read it: `ABCD 2345`.

    It opens this one invitation, once, within the hour; the code that was made before is void.

    Raises:
        NotFound: `link_unknown`, also for a link that was replaced or is of no video talk.
    """
    code = _new_code()

    async def work(tx: Tx) -> None:
        invitation = await meetings.invitation_behind(tx, token_hash(token))
        await _keep(parts, tx, invitation, code, now=now)

    await parts.database.run(work)
    return _spaced(code)


async def code_of_guest(parts: Parts, guest: GuestActor, *, now: datetime) -> str:
    """As `code_of_link`, for somebody who came in by the link on this device.

    Raises:
        NotFound: `link_unknown`, also when that link was replaced since.
    """
    code = _new_code()

    async def work(tx: Tx) -> None:
        if await has_old_link(tx, guest):
            raise NotFound("link_unknown")
        invitation = await meetings.newest_invitation(tx, guest.meeting)
        await _keep(parts, tx, invitation, code, now=now)

    await parts.database.run(work)
    return _spaced(code)


async def link_behind_code(parts: Parts, typed: str, *, address: str, now: datetime) -> str:
    """Spend a code and give the token of its link. Small letters, spaces and dashes do not matter.

    A wrong, an old and a spent code get the same answer.

    Raises:
        BadInput: `code_wrong`.
        Unavailable: `code_throttled`, ten wrong ones in half an hour from one address.
    """
    subjects = (f"code:{block_of(address)}",)
    refusal = Unavailable("code_throttled")
    attempts = await count_attempts(parts, subjects, refusal=refusal, now=now)

    async def work(tx: Tx) -> str:
        found = await getting_in.spend_code(tx, _hash(parts, _plain(typed)))
        if found is None or found.expires_at <= now:
            raise BadInput("code_wrong", field="code")
        await sessions.take_failures_back(tx, *attempts)
        return parts.secret.invitation_token(found.invitation_id)

    return await parts.database.run(work)


async def _keep(
    parts: Parts,
    tx: Tx,
    invitation: meetings.InvitationRecord | None,
    code: str,
    *,
    now: datetime,
) -> None:
    found = await meetings.meeting_by_id(tx, invitation.meeting_id) if invitation else None
    if invitation is None or invitation.revoked_at or found is None or found.mode != Mode.VIDEO:
        raise NotFound("link_unknown")
    await getting_in.replace_code(
        tx, invitation.id, _hash(parts, code), expires_at=now + _LIFE, now=now
    )


def _new_code() -> str:
    return "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH))


def _spaced(code: str) -> str:
    return f"{code[:_HALF]} {code[_HALF:]}"


def _plain(typed: str) -> str:
    return "".join(sign for sign in typed[:_MOST_TYPED].upper() if sign.isalnum())


def _hash(parts: Parts, code: str) -> bytes:
    """Keyed: so short a secret could be guessed from a plain hash."""
    key = parts.secret.derive("short code")
    return hmac.new(key, code.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
