"""Counting attempts, so that nobody tries one secret after the other."""

import hashlib
import hmac
import ipaddress
from datetime import datetime, timedelta
from uuid import UUID

from coaching.errors import Unavailable
from server.store import sessions
from server.store.database import Tx
from server.store.locks import lock_names
from server.usecases.context import Parts

FAILURES, WITHIN = 10, timedelta(minutes=30)


async def count_attempts(
    parts: Parts, subjects: tuple[str, ...], *, refusal: Unavailable, now: datetime
) -> tuple[UUID, ...]:
    """Count an attempt for each subject before it is made; to be taken back when it was right.

    Raises:
        Unavailable: `refusal`, ten within half an hour for one of them.
    """
    hashed = [hash_subject(parts, subject) for subject in subjects]

    async def work(tx: Tx) -> tuple[UUID, ...]:
        await lock_names(tx, *hashed)
        for subject in hashed:
            if await sessions.count_failures(tx, subject, since=now - WITHIN) >= FAILURES:
                raise refusal
        return tuple([await sessions.add_failure(tx, subject, now=now) for subject in hashed])

    return await parts.database.run(work)


def block_of(address: str) -> str:
    """One IPv4 address, also when written as IPv6 (::ffff:…), or the /64 that one line has."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(ip, ipaddress.IPv6Address):
        # A mapped address is one IPv4 line; all of them stand in a single /64.
        mapped = ip.ipv4_mapped
        return str(mapped or ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)


def hash_subject(parts: Parts, subject: str) -> str:
    """Whom attempts are counted for, as it is kept: who reads the database learns no address."""
    return hmac.new(parts.secret.derive("throttle"), subject.encode(), hashlib.sha256).hexdigest()
