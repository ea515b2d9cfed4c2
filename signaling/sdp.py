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

# The lines that decide; everything else in an SDP is passed over by one scan. Names of attributes
# are case-sensitive (RFC 8866, 5.13). The leading line break makes the scan fast.
_DECIDING: Final = re.compile(
    r"\n(?:m=(?P<media>.*)|a=(?P<name>fingerprint|setup|crypto|candidate)(?::(?P<value>.*))?$)",
    re.MULTILINE,
)
_FINGERPRINT: Final = re.compile(r"[Ss][Hh][Aa]-(256|384|512) ([0-9A-Fa-f:]+)")
_COLONS: Final = {"256": ":" * 31, "384": ":" * 47, "512": ":" * 63}
_MDNS: Final = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.local", re.IGNORECASE | re.ASCII
)
_IPV4: Final = re.compile(
    r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)", re.ASCII
)
# RFC 8839 5.1: foundation, component, transport, priority, address, port, "typ", type, extensions
_CANDIDATE: Final = re.compile(
    r"candidate:(?P<foundation>[A-Za-z0-9+/]{1,32}) (?P<component>[1-9]\d{0,2})"
    r" (?P<transport>udp|tcp) (?P<priority>\d{1,10}) (?P<address>[0-9A-Za-z.:\-]{2,128})"
    r" (?P<port>[1-9]\d{0,4}) typ (?P<kind>host|srflx|prflx|relay)(?P<rest>(?: [\x21-\x7e]+)*)",
    re.IGNORECASE | re.ASCII,
)
_MAX_PORT: Final = 65535


def good_description(kind: str, sdp: str) -> bool:
    """Whether `sdp` (an "offer" or an "answer") has the two-person shape."""
    lines = sdp.replace("\r\n", "\n")
    if not lines.startswith("v=0\n") or not lines.replace("\n", "").isprintable():
        return False
    return good_sections(kind, _DECIDING.findall(lines))


def good_sections(kind: str, deciding: list[tuple[str, str, str]]) -> bool:
    """Whether the lines that decide are those of a talk between two.

    Each is (rest of an m line, "", "") or ("", name of an attribute, its value).
    """
    left, fingerprints, candidates = dict(_SECTIONS), 0, 0
    for media, name, value in deciding:
        match name:
            case "":
                good = _good_section(media, left)
            case "fingerprint":
                fingerprints += 1
                good = _good_fingerprint(value)
            case "setup":
                good = value in _SETUPS and (kind == "offer" or value != "actpass")
            case "candidate":
                candidates += 1
                good = good_candidate(f"candidate:{value}")
            case _:
                good = False
        if not good:
            return False
    return fingerprints > 0 and candidates <= MAX_CANDIDATES


def _good_fingerprint(value: str) -> bool:
    """Pairs of hexadecimal digits with a colon between each two, as many as the digest has."""
    found = _FINGERPRINT.fullmatch(value)
    if found is None:
        return False
    colons, digits = _COLONS[found[1]], found[2]
    inside = len(digits) == 3 * len(colons) + 2 and digits[2::3] == colons
    return inside and digits.count(":") == len(colons)


def _good_section(line: str, left: dict[str, int]) -> bool:
    words = line.split(" ", 3)  # kind, port, profile, formats
    kind = words[0]
    if len(words) != 4 or not left.get(kind):  # noqa: PLR2004 -- the four named above
        return False
    left[kind] -= 1
    return words[2] == (_DATA if kind == "application" else _MEDIA)


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
