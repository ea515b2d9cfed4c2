"""Every message of the wire, one class each, by direction (docs/signaling-protocol.md, part 3)."""

import json
from collections.abc import Callable
from dataclasses import fields
from enum import StrEnum
from functools import lru_cache
from json.encoder import encode_basestring_ascii as _quote
from typing import Any, ClassVar, Final, NewType

from coaching.words import Role
from signaling.value import value


class NotSeenReason(StrEnum):
    """Why a receiving browser does not see the other (domain 5.2, "seen")."""

    BLACK = "black"
    FROZEN = "frozen"
    NO_FRAMES = "no_frames"


class Cause(StrEnum):
    """What somebody says is wrong when pressing "Het lukt niet"."""

    CAMERA = "camera"
    MICROPHONE = "microphone"
    SOUND = "sound"
    PICTURE = "picture"
    NETWORK = "network"
    OTHER = "other"


class RefusalCode(StrEnum):
    """Why somebody may not sit down; the socket closes with 4403 after it."""

    THIRD_PERSON = "third_person"
    NOT_YOURS = "not_yours"
    NOT_OPEN = "not_open"
    ENDED = "ended"


class ErrorCode(StrEnum):
    """Why one message was refused while nothing changed."""

    BAD_MESSAGE = "bad_message"
    BAD_DESCRIPTION = "bad_description"
    BAD_CANDIDATE = "bad_candidate"
    CAMERA_NEEDED = "camera_needed"
    NOT_NOW = "not_now"
    COACH_ONLY = "coach_only"


Checked = NewType("Checked", str)
"""JSON text for the other browser that passed the checks of the protocol, part 5."""


@value
class IceServer:
    """A STUN or TURN server, as RTCPeerConnection takes it."""

    urls: tuple[str, ...]
    username: str | None
    credential: str | None


@value
class OtherSide:
    """What a page hears of the other person when it sits down."""

    name: str
    present: bool
    camera: bool
    microphone: bool


# From the browser


@value
class Shown:
    """What a page that comes in shows of its person: a `Camera` and a `Media` in one."""

    live: bool
    verdict: str | None
    camera: bool
    microphone: bool


@value
class Hello:
    """First message of a new page."""

    TYPE: ClassVar = "hello"
    ticket: str
    shown: Shown | None = None


@value
class Resume:
    """First message of a page whose socket dropped."""

    TYPE: ClassVar = "resume"
    seat_token: str
    epoch: int
    shown: Shown | None = None


@value
class Camera:
    """Whether the page's own camera track is live; `verdict` says what is wrong with it."""

    TYPE: ClassVar = "camera"
    live: bool
    verdict: str | None


@value
class Admit:
    """The coach lets the candidate in."""

    TYPE: ClassVar = "admit"


@value
class TakeOver:
    """Continue on this device: the answer to `SecondDevice`."""

    TYPE: ClassVar = "take_over"


@value
class Description:
    """An offer or answer for the other side."""

    TYPE: ClassVar = "description"
    epoch: int
    description: Checked


@value
class Candidate:
    """An address of this side for the other; null ends them all."""

    TYPE: ClassVar = "candidate"
    epoch: int
    candidate: Checked


@value
class Media:
    """What the person switched on."""

    TYPE: ClassVar = "media"
    camera: bool
    microphone: bool


@value
class Attest:
    """Whether this page sees the other (rule R5); `frames` decoded in the window."""

    TYPE: ClassVar = "attest"
    seen: bool
    reason: NotSeenReason | None
    frames: int


@value
class Restart:
    """The connection of this epoch failed; start a new one."""

    TYPE: ClassVar = "restart"
    epoch: int


@value
class RenewIce:
    """Ask for fresh ICE servers before an ICE restart."""

    TYPE: ClassVar = "renew_ice"


@value
class Trouble:
    """Somebody pressed "Het lukt niet"."""

    TYPE: ClassVar = "trouble"
    cause: Cause


@value
class Quality:
    """What this page received in 15 seconds: counts, and no media and no address."""

    TYPE: ClassVar = "quality"
    lost: int  # of the other's sound, in thousandths
    rtt_ms: int | None
    kbps: int
    width: int | None  # of the largest picture that came, in pixels
    height: int | None
    relay: bool | None


@value
class Leave:
    """Leaves on purpose; the seat is freed."""

    TYPE: ClassVar = "leave"


@value
class Ping:
    """Asks for a `Pong` with the same number."""

    TYPE: ClassVar = "ping"
    n: int


FromBrowser = (
    Hello
    | Resume
    | Camera
    | Admit
    | TakeOver
    | Description
    | Candidate
    | Media
    | Attest
    | Restart
    | RenewIce
    | Trouble
    | Quality
    | Leave
    | Ping
)


# To the browser


@value
class Welcome:
    """The page holds its seat."""

    TYPE: ClassVar = "welcome"
    role: Role
    polite: bool
    epoch: int
    seat_token: str
    admitted: bool
    other: OtherSide


@value
class Waiting:
    """The candidate is in the waiting room, and the coach knows."""

    TYPE: ClassVar = "waiting"


@value
class Knock:
    """To the coach: the candidate waits, with this camera."""

    TYPE: ClassVar = "knock"
    name: str
    camera: bool
    verdict: str | None


@value
class Start:
    """Build a peer connection for this epoch."""

    TYPE: ClassVar = "start"
    epoch: int
    offer: bool
    ice_servers: tuple[IceServer, ...]
    relay_only: bool


@value
class StartJitsi:
    """The same where Jitsi carries the talk: go into this room, with this token."""

    TYPE: ClassVar = "start_jitsi"
    epoch: int
    host: str
    room: str
    token: str
    direct: bool


@value
class RelayedDescription:
    """The other's offer or answer, stamped by the server."""

    TYPE: ClassVar = "description"
    epoch: int
    description: Checked
    from_: Role


@value
class RelayedCandidate:
    """The other's address, stamped by the server."""

    TYPE: ClassVar = "candidate"
    epoch: int
    candidate: Checked
    from_: Role


@value
class IceServers:
    """Fresh ICE servers: the answer to `RenewIce`."""

    TYPE: ClassVar = "ice_servers"
    ice_servers: tuple[IceServer, ...]


@value
class Peer:
    """The other side changed; not present means away, its seat is kept."""

    TYPE: ClassVar = "peer"
    present: bool
    camera: bool
    microphone: bool


@value
class NotSeen:
    """Rule R5: `who` has not been seen for `seconds`."""

    TYPE: ClassVar = "not_seen"
    who: Role
    reason: NotSeenReason | None
    seconds: int


@value
class SeenAgain:
    """Rule R5 is at rest again for `who`."""

    TYPE: ClassVar = "seen_again"
    who: Role


@value
class RelayedTrouble:
    """The other pressed "Het lukt niet"; only the coach gets a phone number."""

    TYPE: ClassVar = "trouble"
    from_: Role
    cause: Cause
    phone: str | None


@value
class SecondDevice:
    """This person sits here on another device already: continue here?"""

    TYPE: ClassVar = "second_device"


@value
class Superseded:
    """The seat moved to another page or device."""

    TYPE: ClassVar = "superseded"


@value
class ThirdRefused:
    """To the coach, rule R1: somebody else tried to enter, `count` times by now."""

    TYPE: ClassVar = "third_refused"
    count: int


@value
class OtherDevice:
    """To the coach: the candidate went on on another device, or waits on one to be let in."""

    TYPE: ClassVar = "other_device"


@value
class Refused:
    """This page may not sit down."""

    TYPE: ClassVar = "refused"
    code: RefusalCode


@value
class Left:
    """`who` left on purpose."""

    TYPE: ClassVar = "left"
    who: Role


@value
class Ended:
    """The talk is over for this page."""

    TYPE: ClassVar = "ended"
    joint_seconds: int


@value
class Error:
    """A message was refused; nothing changed."""

    TYPE: ClassVar = "error"
    code: ErrorCode
    retry: bool


@value
class Pong:
    """The answer to `Ping`."""

    TYPE: ClassVar = "pong"
    n: int


ToBrowser = (
    Welcome
    | Waiting
    | Knock
    | Start
    | StartJitsi
    | RelayedDescription
    | RelayedCandidate
    | IceServers
    | Peer
    | NotSeen
    | SeenAgain
    | RelayedTrouble
    | SecondDevice
    | Superseded
    | ThirdRefused
    | OtherDevice
    | Refused
    | Left
    | Ended
    | Error
    | Pong
)

Part = IceServer | OtherSide

RETRY: Final = frozenset({ErrorCode.CAMERA_NEEDED, ErrorCode.NOT_NOW})


def error(code: ErrorCode) -> Error:
    """The error message of `code`, with whether the same message may work later."""
    return Error(code=code, retry=code in RETRY)


def encode(message: ToBrowser) -> str:
    """Write a message as one compact JSON object; `parse` reads what a browser may send.

    What every call says has a writer of its own: the general one costs five times as much.
    """
    write = _WRITERS.get(type(message))
    return _dumps(_as_object(message)) if write is None else write(message)


def _flag(value: bool) -> str:  # noqa: FBT001 -- the value itself
    return "true" if value else "false"


def _text(value: str | None) -> str:
    return "null" if value is None else _quote(value)


def _candidate(message: RelayedCandidate) -> str:
    return (
        f'{{"type":"candidate","epoch":{message.epoch},"candidate":{message.candidate},'
        f'"from":"{message.from_}"}}'
    )


def _description(message: RelayedDescription) -> str:
    return (
        f'{{"type":"description","epoch":{message.epoch},'
        f'"description":{message.description},"from":"{message.from_}"}}'
    )


def _peer(message: Peer) -> str:
    return (
        f'{{"type":"peer","present":{_flag(message.present)},'
        f'"camera":{_flag(message.camera)},"microphone":{_flag(message.microphone)}}}'
    )


def _welcome(message: Welcome) -> str:
    other = message.other
    return (
        f'{{"type":"welcome","role":"{message.role}","polite":{_flag(message.polite)},'
        f'"epoch":{message.epoch},"seat_token":"{message.seat_token}",'  # base64 and ids
        f'"admitted":{_flag(message.admitted)},"other":{{"name":{_quote(other.name)},'
        f'"present":{_flag(other.present)},"camera":{_flag(other.camera)},'
        f'"microphone":{_flag(other.microphone)}}}}}'
    )


def _knock(message: Knock) -> str:
    return (
        f'{{"type":"knock","name":{_quote(message.name)},'
        f'"camera":{_flag(message.camera)},"verdict":{_text(message.verdict)}}}'
    )


def _start(message: Start) -> str:
    servers = ",".join(map(_ice_server, message.ice_servers))
    return (
        f'{{"type":"start","epoch":{message.epoch},"offer":{_flag(message.offer)},'
        f'"ice_servers":[{servers}],"relay_only":{_flag(message.relay_only)}}}'
    )


def _ice_server(server: IceServer) -> str:
    return (
        f'{{"urls":{_urls(server.urls)},"username":{_text(server.username)},'
        f'"credential":{_text(server.credential)}}}'
    )


@lru_cache(maxsize=16)
def _urls(urls: tuple[str, ...]) -> str:
    return _dumps(urls)  # those of the installation: the same in every `start`


def _as_object(message: Any) -> dict[str, Any]:  # noqa: ANN401 -- every message and part of one
    return {name: getattr(message, attribute) for name, attribute in _NAMES[type(message)]}


def _names(kind: type[Any]) -> tuple[tuple[str, str], ...]:
    own = tuple((field.name.rstrip("_"), field.name) for field in fields(kind))
    return (("type", "TYPE"), *own) if hasattr(kind, "TYPE") else own


_NAMES: Final = {
    kind: _names(kind) for kind in (*FromBrowser.__args__, *ToBrowser.__args__, *Part.__args__)
}
_dumps: Final[Callable[[object], str]] = json.JSONEncoder(
    separators=(",", ":"), default=_as_object, check_circular=False
).encode

_WRITERS: Final[dict[type[ToBrowser], Callable[[Any], str]]] = {
    RelayedCandidate: _candidate,
    RelayedDescription: _description,
    Welcome: _welcome,
    Waiting: lambda _: '{"type":"waiting"}',
    Knock: _knock,
    Peer: _peer,
    Start: _start,
    Left: lambda message: f'{{"type":"left","who":"{message.who}"}}',
    Ended: lambda message: f'{{"type":"ended","joint_seconds":{message.joint_seconds}}}',
    Pong: lambda message: f'{{"type":"pong","n":{message.n}}}',
}
