"""Whether an SDP or a candidate line fits a talk between exactly two (protocol, part 5).

The server relays text that a browser will act on, so it passes on nothing that two browsers in a
one-to-one talk would not write: no plain RTP, no weak fingerprint, no address to look up.
"""

import ipaddress
import re
from typing import Final

MAX_CANDIDATES: Final = 32
MAX_CANDIDATE_LENGTH: Final = 1024
_SECTIONS: Final = {"audio": 1, "video": 2, "application": 1}
_MEDIA: Final = "UDP/TLS/RTP/SAVPF"
_DATA: Final = "UDP/DTLS/SCTP"
_SETUPS: Final = frozenset({"actpass", "active", "passive"})

# The lines that decide; everything else in an SDP is passed over by one scan.
_DECIDING: Final = re.compile(
    r"^(?:m=(?P<media>.*)|a=(?P<name>fingerprint|setup|crypto|candidate)(?::(?P<value>.*))?)$",
    re.MULTILINE | re.IGNORECASE,
)
_UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u2028\u2029\x85]|\r(?!\n)")
_FINGERPRINT: Final = re.compile(
    r"(?:sha-256 (?:[0-9a-f]{2}:){31}|sha-384 (?:[0-9a-f]{2}:){47}|sha-512 (?:[0-9a-f]{2}:){63})"
    r"[0-9a-f]{2}",
    re.IGNORECASE,
)
_MDNS: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.local", re.IGNORECASE)
_IPV4: Final = re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}")
# RFC 8839 5.1: foundation, component, transport, priority, address, port, "typ", type, extensions
_CANDIDATE: Final = re.compile(
    r"candidate:(?P<foundation>[A-Za-z0-9+/]{1,32}) (?P<component>[1-9]\d{0,2})"
    r" (?P<transport>udp|tcp) (?P<priority>\d{1,10}) (?P<address>[0-9A-Za-z.:\-]{2,128})"
    r" (?P<port>[1-9]\d{0,4}) typ (?P<kind>host|srflx|prflx|relay)(?P<rest>(?: [\x21-\x7e]+)*)",
    re.IGNORECASE,
)
_MAX_PORT: Final = 65535


def good_description(kind: str, sdp: str) -> bool:
    """Whether `sdp` (an "offer" or an "answer") has the two-person shape."""
    if not sdp.startswith(("v=0\r\n", "v=0\n")) or _UNPRINTABLE.search(sdp):
        return False
    left = dict(_SECTIONS)
    fingerprints = candidates = 0
    for line in _DECIDING.finditer(sdp):
        media, name, value = line.groups()
        value = (value or "").removesuffix("\r")
        match name.lower() if name else "media":
            case "media":
                good = _good_section(media.removesuffix("\r"), left)
            case "fingerprint":
                fingerprints += 1
                good = _FINGERPRINT.fullmatch(value) is not None
            case "setup":
                good = value in _SETUPS and (kind == "offer" or value != "actpass")
            case "candidate":
                candidates += 1
                good = candidates <= MAX_CANDIDATES and good_candidate(f"candidate:{value}")
            case _:
                good = False
        if not good:
            return False
    return fingerprints > 0 and left != _SECTIONS


def _good_section(line: str, left: dict[str, int]) -> bool:
    kind, _, rest = line.partition(" ")
    if left.get(kind, 0) == 0:
        return False
    left[kind] -= 1
    words = rest.split(" ", 2)
    return len(words) == 3 and words[1] == (_DATA if kind == "application" else _MEDIA)  # noqa: PLR2004 -- port, profile, formats


def good_candidate(line: str) -> bool:
    """Whether `line` is a candidate that the other browser may be asked to try."""
    if len(line) > MAX_CANDIDATE_LENGTH:
        return False
    found = _CANDIDATE.fullmatch(line)
    return found is not None and int(found["port"]) <= _MAX_PORT and _good_address(found["address"])


def _good_address(text: str) -> bool:
    if _IPV4.fullmatch(text) or _MDNS.fullmatch(text):
        return True
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True
