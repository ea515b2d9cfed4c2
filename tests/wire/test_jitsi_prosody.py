"""Our tokens at a real Prosody, by Jitsi's rules: key server, issuer, audience, room, times."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import pytest
from aiohttp import ClientSession
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from coaching.words import Role
from server.app import build_app
from server.jitsi import jitsi_engine
from server.usecases.context import Parts
from signaling.jitsi import JitsiEngine
from tests.prosody import Guest, running_prosody

pytestmark = pytest.mark.wire

HOST = "meet.example.nl"
Sign = Callable[[bytes], bytes]


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def read(text: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(base64.urlsafe_b64decode(text + "=="))
    return found


def altered(token: str, sign: Sign, *, header: object = None, **claims: object) -> str:
    """`token` with other words in it, signed by `sign`; None takes a claim away."""
    head, body, _ = token.split(".")
    said = {**read(body), **claims}
    kept = {name: value for name, value in said.items() if value is not None}
    whole = f"{part({**read(head), **(header or {})})}.{part(kept)}"  # type: ignore[dict-item]  # a mapping
    signature = base64.urlsafe_b64encode(sign(whole.encode())).rstrip(b"=").decode()
    return f"{whole}.{signature}"


def forgeries(engine: JitsiEngine, token: str) -> dict[str, str]:
    """Tokens that must open nothing, each for its own reason."""
    sign: Sign = lambda data: engine.key.sign(data, PKCS1v15(), SHA256())  # noqa: E731 -- one line
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    now = int(time.time())
    head, body, signature = token.split(".")
    return {
        "none": "",
        "no token": "x.y.z",
        "another key": replace(engine, key=other).token(uuid4(), Role.COACH, "A", now),
        "our key's name, another key": altered(
            token, lambda data: other.sign(data, PKCS1v15(), SHA256())
        ),
        "changed after signing": f"{head}.{part({**read(body), 'room': 'x'})}.{signature}",
        "unsigned": altered(token, lambda _: b"", header={"alg": "none"}),
        "public key as a password": altered(
            token,
            lambda data: hmac.digest(engine.public_key, data, hashlib.sha256),
            header={"alg": "HS256"},
        ),
        "no key's name": altered(token, sign, header={"kid": None}),
        "another issuer": altered(token, sign, iss="somebody"),
        "another audience": altered(token, sign, aud="*"),
        "no audience": altered(token, sign, aud=None),
        "all rooms": altered(token, sign, room="*"),
        "no room": altered(token, sign, room=None),
        "no domain": altered(token, sign, sub=None),
        "over": altered(token, sign, exp=now - 1),
        "not yet": altered(token, sign, nbf=now + 600),
        "a name that is no text": altered(token, sign, context={"user": {"name": 7}}),
    }


async def test_prosody_lets_the_two_into_their_room_and_no_other_token_anywhere(
    aiohttp_server: Callable[[object], object], sqlite_parts: Parts
) -> None:
    settings = replace(sqlite_parts.settings, jitsi_host=HOST, jitsi_secret="s" * 32)
    parts = replace(sqlite_parts, settings=settings)
    engine = jitsi_engine(settings, parts.secret)
    assert engine is not None
    server = await aiohttp_server(build_app(parts))  # type: ignore[misc]  # the fixture is untyped
    meeting, other = uuid4(), uuid4()
    room = engine.room_of(meeting)
    now = time.time()
    with running_prosody(HOST, keys=str(server.make_url("/jitsi/keys"))) as address:  # type: ignore[attr-defined]  # the fixture is untyped
        async with ClientSession() as session:

            def guest(token: str) -> Guest:
                return Guest(session=session, address=address, host=HOST, token=token)

            coach = guest(engine.token(meeting, Role.COACH, 'Anna "de" Vries <é>', now))
            assert await coach.is_let_in()
            assert await coach.enters(room) == "moderator"
            candidate = guest(engine.token(meeting, Role.CANDIDATE, "Karim", now))
            assert await candidate.is_let_in()
            assert await candidate.enters(room) == "participant"

            stranger = guest(engine.token(other, Role.COACH, "Coach", now))
            assert await stranger.is_let_in()
            assert await stranger.enters(room) == "not-allowed"
            elsewhere = guest(
                replace(engine, host="x.example.nl").token(meeting, Role.COACH, "A", now)
            )
            assert await elsewhere.is_let_in()
            assert await elsewhere.enters(room) == "not-allowed"

            for why, token in forgeries(engine, coach.token).items():
                assert not await guest(token).is_let_in(), why
