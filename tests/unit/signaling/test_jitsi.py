"""Tokens for Jitsi, tried against the rules by which Prosody's token modules judge them."""

import base64
import hashlib
import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from coaching.words import Role
from signaling.jitsi import AUDIENCE, TOKEN_SECONDS, JitsiEngine

pytestmark = pytest.mark.unit

NOW = 1_800_000_000.0
HOST = "meet.example.nl"
MEETING = UUID("018f3c1e-0000-7000-8000-000000000001")


@pytest.fixture(scope="module")
def engine() -> JitsiEngine:
    key = generate_private_key(public_exponent=65537, key_size=2048)
    return JitsiEngine(host=HOST, app_id="tweespraak", key=key, room_key=bytes(range(32)))


class Refused(Exception):
    """The rule that a token breaks."""


def prosody(token: str, engine: JitsiEngine, room: str, now: float) -> dict[str, Any]:
    """Prosody's rules for one who comes into `room`, as its token modules state them.

    token/util.lib.lua and mod_token_verification.lua of Jitsi: type and algorithm, the key of the
    key server by `kid`, signature, issuer, audience, times, then room and (with
    `enable_domain_verification`) subject.
    """
    head, body, signature = token.split(".")
    header, claims = _read(head), _read(body)
    if header.get("typ") != "JWT" or header.get("alg") != "RS256":
        raise Refused("algorithm")
    if f"{hashlib.sha256(header['kid'].encode()).hexdigest()}.pem" != engine.key_file:
        raise Refused("kid")
    key = load_pem_public_key(engine.public_key)
    assert isinstance(key, RSAPublicKey)
    try:
        key.verify(_bytes(signature), f"{head}.{body}".encode(), PKCS1v15(), SHA256())
    except InvalidSignature:
        raise Refused("signature") from None
    if claims["iss"] != "tweespraak" or claims["aud"] != AUDIENCE:
        raise Refused("issuer or audience")
    if not claims["nbf"] <= now < claims["exp"]:
        raise Refused("time")
    if claims["room"] == "*" or claims["room"].lower() != room.lower():
        raise Refused("room")
    if claims["sub"] != HOST:
        raise Refused("subject")
    if not all(isinstance(value, str) for value in claims["context"]["user"].values()):
        raise Refused("user")
    return claims


def _bytes(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _read(part: str) -> dict[str, Any]:
    return dict(json.loads(_bytes(part)))


@pytest.mark.parametrize("role", Role)
def test_token_opens_its_own_room_and_makes_only_the_coach_a_moderator(
    engine: JitsiEngine, role: Role
) -> None:
    token = engine.token(MEETING, role, "Sem Bakker", NOW)

    claims = prosody(token, engine, engine.room_of(MEETING), NOW)

    user = claims["context"]["user"]
    assert user["name"] == "Sem Bakker"
    assert user["moderator"] == ("true" if role is Role.COACH else "false")
    assert claims["context"]["features"]["recording"] == "false"


def test_token_opens_no_other_room(engine: JitsiEngine) -> None:
    token = engine.token(MEETING, Role.CANDIDATE, "Sem", NOW)

    with pytest.raises(Refused, match="room"):
        prosody(token, engine, engine.room_of(uuid4()), NOW)


@pytest.mark.parametrize("seconds", [-61, TOKEN_SECONDS, TOKEN_SECONDS + 3600])
def test_token_is_good_for_five_minutes(engine: JitsiEngine, seconds: int) -> None:
    token = engine.token(MEETING, Role.COACH, "Anna", NOW)

    with pytest.raises(Refused, match="time"):
        prosody(token, engine, engine.room_of(MEETING), NOW + seconds)


def test_token_that_was_changed_or_is_of_another_key_is_refused(engine: JitsiEngine) -> None:
    room = engine.room_of(MEETING)
    head, body, signature = engine.token(MEETING, Role.CANDIDATE, "Sem", NOW).split(".")
    claims = _read(body)
    claims["context"]["user"]["moderator"] = "true"
    changed = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()

    with pytest.raises(Refused, match="signature"):
        prosody(f"{head}.{changed}.{signature}", engine, room, NOW)

    other = JitsiEngine(
        host=HOST,
        app_id="tweespraak",
        key=generate_private_key(public_exponent=65537, key_size=2048),
        room_key=engine.room_key,
    )
    with pytest.raises(Refused, match="kid"):
        prosody(other.token(MEETING, Role.COACH, "Anna", NOW), engine, room, NOW)


def test_room_is_hexadecimal_unlike_the_meeting_and_can_be_read_back(engine: JitsiEngine) -> None:
    rooms = {engine.room_of(UUID(int=number)) for number in range(500)}

    assert len(rooms) == 500
    assert all(len(room) == 32 and room == room.lower() for room in rooms)
    assert MEETING.hex not in rooms
    assert engine.meeting_of(engine.room_of(MEETING)) == MEETING


@pytest.mark.parametrize("room", ["", "*", "zz" * 16, "ab" * 15, "ab" * 17, "é" * 32, "  " * 16])
def test_name_that_is_no_room_belongs_to_no_meeting(engine: JitsiEngine, room: str) -> None:
    assert engine.meeting_of(room) is None


def test_person_is_known_again_in_this_talk_only(engine: JitsiEngine) -> None:
    person = engine.person_of(MEETING, Role.CANDIDATE)

    assert engine.role_of(MEETING, person) is Role.CANDIDATE
    assert engine.role_of(uuid4(), person) is None
    assert engine.role_of(MEETING, "") is None
