"""From the text of a frame to a message, or to a refusal with a code.

Strict on purpose: exactly the fields of the protocol with exactly their types. That bounds depth
and number of keys by itself, since no shape is deeper or wider than the protocol allows.
"""

import json
import re
from collections.abc import Callable
from typing import Any, Final

from signaling.messages import (
    Admit,
    Attest,
    Camera,
    Candidate,
    Cause,
    Checked,
    Description,
    ErrorCode,
    FromBrowser,
    Hello,
    Leave,
    Media,
    NotSeenReason,
    Ping,
    Quality,
    RenewIce,
    Restart,
    Resume,
    Shown,
    TakeOver,
    Trouble,
)
from signaling.sdp import MAX_CANDIDATE_LENGTH, good_candidate, good_description

MAX_FRAME: Final = 64 * 1024
_MAX_WHOLE: Final = 2**53 - 1  # what JavaScript counts exactly
_VERDICT: Final = re.compile(r"[A-Z0-9_]{1,40}")


class BadMessage(Exception):
    """A frame was refused; `code` goes back to the page."""

    def __init__(self, code: ErrorCode = ErrorCode.BAD_MESSAGE) -> None:
        super().__init__(code)
        self.code = code


def parse(frame: str) -> FromBrowser:
    """Read one text frame.

    Raises:
        BadMessage: the frame is not a message of the protocol (`bad_message`), or what it carries
            for the other side may not be passed on (`bad_description`, `bad_candidate`).
    """
    if len(frame) > MAX_FRAME:
        raise BadMessage
    constant = _CONSTANT.get(frame)
    if constant is not None:
        return constant
    try:
        raw = _decode(frame)
    except (ValueError, RecursionError):
        raise BadMessage from None
    if type(raw) is not dict:
        raise BadMessage
    kind = raw.get("type")
    shape = _SHAPES.get(kind) if type(kind) is str else None
    if shape is None or raw.keys() not in shape[0]:
        raise BadMessage
    return shape[1](raw)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadMessage
    return found


def _no_constant(_name: str) -> float:
    raise BadMessage


_decode: Final[Callable[[str], Any]] = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_no_constant
).decode


def _whole(value: object) -> int:
    if type(value) is not int or not 0 <= value <= _MAX_WHOLE:
        raise BadMessage
    return value


def _up_to(value: object, most: int) -> int:
    found = _whole(value)
    if found > most:
        raise BadMessage
    return found


def _up_to_or_none(value: object, most: int) -> int | None:
    return None if value is None else _up_to(value, most)


def _flag(value: object) -> bool:
    if type(value) is not bool:
        raise BadMessage
    return value


def _text(value: object, longest: int, shortest: int = 0) -> str:
    if type(value) is not str or not shortest <= len(value) <= longest:
        raise BadMessage
    if not value.isascii():
        _no_lone_surrogate(value)
    return value


def _no_lone_surrogate(value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise BadMessage from None


def _text_or_none(value: object, longest: int) -> str | None:
    return None if value is None else _text(value, longest)


def _verdict(value: object) -> str | None:
    verdict = _text_or_none(value, 40)
    if verdict is not None and not _VERDICT.fullmatch(verdict):
        raise BadMessage
    return verdict


def _camera(raw: dict[str, Any]) -> Camera:
    return Camera(live=_flag(raw["live"]), verdict=_verdict(raw["verdict"]))


def _description(raw: dict[str, Any]) -> Description:
    epoch, inner = _whole(raw["epoch"]), raw["description"]
    if type(inner) is not dict or inner.keys() != _DESCRIPTION:
        raise BadMessage
    kind, sdp = inner["type"], _text(inner["sdp"], MAX_FRAME)
    if kind not in ("offer", "answer"):
        raise BadMessage
    if not good_description(kind, sdp):
        raise BadMessage(ErrorCode.BAD_DESCRIPTION)
    return Description(epoch=epoch, description=_checked({"type": kind, "sdp": sdp}))


def _candidate(raw: dict[str, Any]) -> Candidate:
    epoch, inner = _whole(raw["epoch"]), raw["candidate"]
    if inner is None:
        return Candidate(epoch=epoch, candidate=_checked(None))
    if type(inner) is not dict or inner.keys() != _CANDIDATE:
        raise BadMessage
    line, index = _text(inner["candidate"], MAX_CANDIDATE_LENGTH), inner["sdpMLineIndex"]
    found = {
        "candidate": line,
        "sdpMid": _text_or_none(inner["sdpMid"], 64),
        "sdpMLineIndex": None if index is None else _whole(index),
        "usernameFragment": _text_or_none(inner["usernameFragment"], 256),
    }
    if line and not good_candidate(line):
        raise BadMessage(ErrorCode.BAD_CANDIDATE)
    return Candidate(epoch=epoch, candidate=_checked(found))


def _checked(value: object) -> Checked:
    return Checked(json.dumps(value, separators=(",", ":")))


def _attest(raw: dict[str, Any]) -> Attest:
    reason = raw["reason"]
    if reason is not None and reason not in _REASONS:
        raise BadMessage
    return Attest(
        seen=_flag(raw["seen"]),
        reason=None if reason is None else NotSeenReason(reason),
        frames=_whole(raw["frames"]),
    )


def _trouble(raw: dict[str, Any]) -> Trouble:
    if raw["cause"] not in _CAUSES:
        raise BadMessage
    return Trouble(cause=Cause(raw["cause"]))


def _quality(raw: dict[str, Any]) -> Quality:
    relay = raw["relay"]
    return Quality(
        lost=_up_to(raw["lost"], 1000),
        rtt_ms=_up_to_or_none(raw["rtt_ms"], 60_000),
        kbps=_up_to(raw["kbps"], 1_000_000),
        width=_up_to_or_none(raw["width"], 8192),
        height=_up_to_or_none(raw["height"], 8192),
        relay=None if relay is None else _flag(relay),
    )


def _hello(raw: dict[str, Any]) -> Hello:
    return Hello(ticket=_text(raw["ticket"], 512, 1), shown=_shown(raw))


def _resume(raw: dict[str, Any]) -> Resume:
    return Resume(
        seat_token=_text(raw["seat_token"], 1024, 1),
        epoch=_whole(raw["epoch"]),
        shown=_shown(raw),
    )


def _shown(raw: dict[str, Any]) -> Shown | None:
    if "live" not in raw:
        return None
    return Shown(
        live=_flag(raw["live"]),
        verdict=_verdict(raw["verdict"]),
        camera=_flag(raw["camera"]),
        microphone=_flag(raw["microphone"]),
    )


def _media(raw: dict[str, Any]) -> Media:
    return Media(camera=_flag(raw["camera"]), microphone=_flag(raw["microphone"]))


_DESCRIPTION: Final = {"type", "sdp"}
_CANDIDATE: Final = {"candidate", "sdpMid", "sdpMLineIndex", "usernameFragment"}
_REASONS: Final = tuple(NotSeenReason)  # tuples: `in` must not hash what a stranger sent
_CAUSES: Final = tuple(Cause)

# What a page shows when it comes in: all four fields or none.
_SHOWN: Final = {"live", "verdict", "camera", "microphone"}

_SHAPES: Final[dict[str, tuple[tuple[set[str], ...], Callable[[dict[str, Any]], FromBrowser]]]] = {
    "hello": (({"type", "ticket"}, {"type", "ticket", *_SHOWN}), _hello),
    "resume": (
        ({"type", "seat_token", "epoch"}, {"type", "seat_token", "epoch", *_SHOWN}),
        _resume,
    ),
    "camera": (({"type", "live", "verdict"},), _camera),
    "admit": (({"type"},), lambda _: Admit()),
    "take_over": (({"type"},), lambda _: TakeOver()),
    "description": (({"type", "epoch", "description"},), _description),
    "candidate": (({"type", "epoch", "candidate"},), _candidate),
    "media": (({"type", "camera", "microphone"},), _media),
    "attest": (({"type", "seen", "reason", "frames"},), _attest),
    "restart": (({"type", "epoch"},), lambda raw: Restart(epoch=_whole(raw["epoch"]))),
    "renew_ice": (({"type"},), lambda _: RenewIce()),
    "trouble": (({"type", "cause"},), _trouble),
    "quality": (
        ({"type", "lost", "rtt_ms", "kbps", "width", "height", "relay"},),
        _quality,
    ),
    "leave": (({"type"},), lambda _: Leave()),
    "ping": (({"type", "n"},), lambda raw: Ping(n=_whole(raw["n"]))),
}

# What pages say most, word for word: there is nothing to look at.
_CONSTANT: Final[dict[str, FromBrowser]] = {
    '{"type":"admit"}': Admit(),
    '{"type":"leave"}': Leave(),
    '{"type":"renew_ice"}': RenewIce(),
    '{"type":"take_over"}': TakeOver(),
    '{"type":"camera","live":true,"verdict":null}': Camera(live=True, verdict=None),
}
