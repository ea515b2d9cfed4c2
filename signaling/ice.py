"""ICE servers with short-lived TURN credentials (draft-uberti-behave-turn-rest, as coturn does)."""

import binascii
import hashlib
import hmac
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from coaching.words import Role
from signaling.messages import IceServer

CREDENTIAL_SECONDS: Final = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class IceConfig:
    """The installation's servers; `turn_secret` is shared with coturn (static-auth-secret)."""

    stun_urls: tuple[str, ...] = ()
    turn_urls: tuple[str, ...] = ()
    turn_secret: str = ""
    relay_only: bool = False


def ice_servers(config: IceConfig, name: str, now: float) -> tuple[IceServer, ...]:
    """The servers for one page, good for ten minutes from `now` (Unix seconds).

    coturn looks at the expiry only when a relay is set up, so a page asks anew before each ICE
    restart. `name` ends in the logs of coturn and must say nothing.
    """
    servers = _open_servers(config.stun_urls)
    if not config.turn_urls:
        return servers
    username, credential = turn_login(config.turn_secret, name, int(now) + CREDENTIAL_SECONDS)
    return (
        *servers,
        IceServer(urls=config.turn_urls, username=username, credential=credential),
    )


def turn_login(secret: str, name: str, ends_at: int) -> tuple[str, str]:
    """User name and credential, good until `ends_at` (Unix seconds)."""
    username = f"{ends_at}:{name}"
    mac = _keyed(secret).copy()
    mac.update(username.encode())
    return username, binascii.b2a_base64(mac.digest(), newline=False).decode()


@lru_cache(maxsize=4)
def _keyed(secret: str) -> hmac.HMAC:
    return hmac.new(secret.encode(), digestmod="sha1")  # the key is taken in once


@lru_cache(maxsize=16)
def _open_servers(stun_urls: tuple[str, ...]) -> tuple[IceServer, ...]:
    return (IceServer(urls=stun_urls, username=None, credential=None),) if stun_urls else ()


def seat_pseudonym(key: bytes, meeting: str, role: Role) -> str:
    """A name for a seat that is the same for the whole talk and tells nothing about it."""
    seat = f"{meeting}:{role.value}".encode()
    return hashlib.blake2b(seat, digest_size=8, key=key, person=b"turn-name").hexdigest()
