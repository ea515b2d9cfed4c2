"""Takes a person's address out of what goes to the other side, when they are hidden by a relay.

The page of the hidden side uses only the relay by itself. This is for the page that was changed or
is old: whatever it sends, the other side reads of no address but those of relays. So nothing gets
through that is not known: of candidates only relayed ones, of an SDP only lines of known names.
"""

import json
import re
from typing import Final

from signaling.messages import Candidate, Checked, Description

_NOWHERE: Final = {"4": "0.0.0.0", "6": "::"}  # noqa: S104 -- RFC 8839 5.1 says it so for "none"
_RELAYED: Final = re.compile(
    r"(?P<head>candidate:[A-Za-z0-9+/]{1,32} \d{1,3} (?:udp|tcp) \d{1,10} (?P<address>\S+) \d{1,5}"
    r" typ relay)(?P<rest>.*)",
    re.IGNORECASE | re.ASCII,
)
_GENERATION: Final = re.compile(r" generation \d{1,5}(?= |$)", re.ASCII)
# Names of an SDP that a browser writes and that say nothing of where it is (RFC 8866, RFC 8829).
_LINES: Final = frozenset("vstb")
_NAMES: Final = frozenset(
    {
        *(
            "bundle-only",
            "end-of-candidates",
            "extmap",
            "extmap-allow-mixed",
            "fingerprint",
            "fmtp",
        ),
        *("group", "ice-lite", "ice-options", "ice-pwd", "ice-ufrag", "imageattr", "inactive"),
        *("max-message-size", "maxptime", "mid", "msid", "msid-semantic", "ptime", "recvonly"),
        *("rid", "rtcp-fb", "rtcp-mux", "rtcp-mux-only", "rtcp-rsize", "rtpmap", "sctp-port"),
        *("sctpmap", "sendonly", "sendrecv", "setup", "simulcast", "ssrc", "ssrc-group"),
    }
)
_NAMES_OF_PLACE: Final = ("sdpMid", "usernameFragment")
_TAME: Final = re.compile(r"[A-Za-z0-9+/\-]{0,256}", re.ASCII)
_COLONS: Final = frozenset({"fingerprint"})  # a digest looks like an address, and is none
_AN_ADDRESS: Final = re.compile(
    r"\d{1,3}(?:\.\d{1,3}){3}|(?<![0-9A-Za-z])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,}"
    r"(?![0-9A-Za-z])|\.local\b",
    re.IGNORECASE | re.ASCII,
)


def without_address(message: Candidate | Description) -> Candidate | Description | None:
    """The message without any address but a relay's; None when nothing of it is left to say."""
    if isinstance(message, Description):
        inner = json.loads(message.description)
        hidden = _write({**inner, "sdp": hidden_sdp(inner["sdp"])})
        return Description(epoch=message.epoch, description=hidden)
    inner = json.loads(message.candidate)
    if inner is None:
        return message
    line = inner["candidate"] and hidden_candidate(inner["candidate"])
    if line is None or not all(_TAME.fullmatch(inner[name] or "") for name in _NAMES_OF_PLACE):
        return None
    return Candidate(epoch=message.epoch, candidate=_write({**inner, "candidate": line}))


def _write(value: object) -> Checked:
    return Checked(json.dumps(value, separators=(",", ":")))


def hidden_candidate(line: str) -> str | None:
    """A relayed candidate without the address behind it (RFC 8839 5.1); None: not for the other.

    What follows the address behind it is left out too, except the generation.
    """
    found = _RELAYED.fullmatch(line)
    if found is None:
        return None
    nowhere = _NOWHERE["6" if ":" in found["address"] else "4"]
    generation = _GENERATION.search(found["rest"])
    return f"{found['head']} raddr {nowhere} rport 9{generation[0] if generation else ''}"


def hidden_sdp(sdp: str) -> str:
    """An SDP with relayed candidates only, and lines of known names only."""
    lines = (_hidden_line(line) for line in sdp.replace("\r\n", "\n").split("\n") if line)
    return "".join(f"{line}\r\n" for line in lines if line is not None)


def _hidden_line(line: str) -> str | None:
    kind, _, value = line.partition("=")
    match kind:
        case "o":
            return _hidden_origin(value)
        case "c":
            return "c=IN IP4 0.0.0.0"
        case "m":
            return _hidden_section(value)
        case "a":
            return _hidden_attribute(line, value)
        case _:
            known = kind in _LINES and not _AN_ADDRESS.search(value)
            return line if known else None


def _hidden_origin(value: str) -> str | None:
    words = value.split(" ")
    if len(words) < 3 or not (words[1].isdecimal() and words[2].isdecimal()):  # noqa: PLR2004 -- RFC 8866 5.2
        return None
    return f"o=- {words[1]} {words[2]} IN IP4 127.0.0.1"


def _hidden_section(value: str) -> str:
    kind, port, rest = value.split(" ", 2)
    return f"m={kind} {'0' if port == '0' else '9'} {rest}"


def _hidden_attribute(line: str, value: str) -> str | None:
    name, _, rest = value.partition(":")
    if name == "candidate":
        hidden = hidden_candidate(value)
        return None if hidden is None else f"a={hidden}"
    if name == "rtcp":
        return "a=rtcp:9 IN IP4 0.0.0.0"
    if name not in _NAMES or (name not in _COLONS and _AN_ADDRESS.search(rest)):
        return None
    return line
