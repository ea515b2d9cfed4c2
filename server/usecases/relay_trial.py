"""A way through the relay for the test before a talk: short, counted, and for a real link only."""

from datetime import datetime
from typing import Final

from coaching.errors import NotFound, Unavailable
from coaching.words import Role
from server.secrets import token_hash
from server.usecases.access import meeting_of_link
from server.usecases.context import Parts
from server.usecases.device_checks import has_test
from server.usecases.throttle import count_attempts
from signaling.ice import seat_pseudonym, turn_login
from signaling.messages import IceServer

TRIAL_SECONDS: Final = 60  # to set a relay up; coturn looks at the expiry only then


async def relay_trial(parts: Parts, token: str, *, now: datetime) -> tuple[IceServer, ...]:
    """The relays with a login that opens one within the next minute; none where there are none.

    Before admission nobody else gets a login (T21). This one names a link and not a person.

    Raises:
        NotFound: `link_unknown`, or there is no video talk to come.
        Unavailable: `relay_throttled`, asked ten times within half an hour.
    """
    settings = parts.settings
    async with parts.database.read() as tx:
        found = await meeting_of_link(tx, token)
    if not has_test(found, now=now):
        raise NotFound("link_unknown")
    if not settings.turn_urls:
        return ()
    subject = f"relay:{token_hash(token).hex()}"
    await count_attempts(parts, (subject,), refusal=Unavailable("relay_throttled"), now=now)
    name = seat_pseudonym(parts.secret.derive("relay trial"), str(found.id), Role.CANDIDATE)
    ends_at = int(now.timestamp()) + TRIAL_SECONDS
    username, credential = turn_login(settings.turn_secret, name, ends_at)
    return (IceServer(urls=settings.turn_urls, username=username, credential=credential),)
