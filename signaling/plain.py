"""The messages that make up most of a call, in the one form in which browsers write them.

`JSON.stringify` of the page's own code writes candidates and descriptions in one way. A frame in
exactly that way is recognised as a whole, without taking it apart; any other goes the long way
round through `signaling.grammar`, with the same outcome.
"""

import re
from typing import Final

from signaling.sdp import MAX_CANDIDATE_LENGTH, good_sections

_WHOLE: Final = r"(0|[1-9][0-9]{0,8})"
# Possessive: what one part took, no other can use, and the scan need not remember its steps.
_BYTE: Final = r"(?:1[0-9]{0,2}+|2(?:[0-4][0-9]?+|5[0-5]?+|[6-9])?+|[3-9][0-9]?+|0)"
_PORT: Final = (
    r"(?:[1-9][0-9]{0,3}(?= )|[1-5][0-9]{4}"
    r"|6(?:[0-4][0-9]{3}|5(?:[0-4][0-9]{2}|5(?:[0-2][0-9]|3[0-5]))))"
)
_MDNS: Final = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.local"
_LINE: Final = (
    r"candidate:[A-Za-z0-9+/]{1,32}+ [1-9][0-9]{0,2}+ (?:udp|tcp) [0-9]{1,10}+ "
    rf"(?:{_BYTE}\.{_BYTE}\.{_BYTE}\.{_BYTE}|{_MDNS}) {_PORT} "
    r"typ (?:host|srflx|prflx|relay)(?: [A-Za-z0-9+/.:\-]++)*+"
)
_CANDIDATE: Final = re.compile(
    rf'{{"type":"candidate","epoch":{_WHOLE},"candidate":'
    rf'(?:{{"candidate":"(?:{_LINE}|)","sdpMid":(?:null|"[A-Za-z0-9]{{0,64}}+"),'
    rf'"sdpMLineIndex":(?:null|[0-9]|[1-9][0-9]),"usernameFragment":(?:null|"[A-Za-z0-9+/]{{0,256}}+")}}'
    r"|null)}"
)
_DESCRIPTION: Final = re.compile(
    rf'{{"type":"description","epoch":{_WHOLE},"description":{{"type":"(offer|answer)","sdp":"v=0'
)
# How a line that decides begins, after a line break as JSON writes it; "": one of a section.
_MARKS: Final = (
    ("", "\\r\\nm="),
    *((name, f"\\r\\na={name}") for name in ("fingerprint", "setup", "crypto", "candidate")),
)
_LINE_BREAK: Final = "\\r\\n"
_END: Final = f'{_LINE_BREAK}"}}}}'
_BACKSLASHES: Final = b"\\" * 65_536  # as many as a frame can have
_PLAIN_BYTES: Final = bytes(byte for byte in range(0x20, 0x7F) if byte not in b'"\\')


def plain_epoch(frame: str) -> int | None:
    """The epoch of a candidate or description that may go on, else None: take the long way."""
    found = _CANDIDATE.fullmatch(frame)
    if found is not None:
        return int(found[1]) if len(frame) <= MAX_CANDIDATE_LENGTH else None
    found = _DESCRIPTION.match(frame)
    if found is not None and _good_rest(found[2], frame, found.end()):
        return int(found[1])
    return None


def _good_rest(kind: str, frame: str, start: int) -> bool:
    if not (frame.endswith(_END) and frame.startswith(_LINE_BREAK, start) and frame.isascii()):
        return False
    end = len(frame) - 3
    # Nothing but printable ASCII, and backslashes only where a line ends.
    odd = frame[start:end].encode().translate(None, _PLAIN_BYTES)
    if odd != _BACKSLASHES[: len(odd)] or len(odd) != 2 * frame.count(_LINE_BREAK, start, end):
        return False
    lines = _deciding_lines(frame, start, end)
    return lines is not None and good_sections(kind, lines)


def _deciding_lines(frame: str, start: int, end: int) -> list[tuple[str, str, str]] | None:
    """The lines that `good_sections` looks at; None: one of an odd form stands among them."""
    found = []
    for name, mark in _MARKS:
        at = frame.find(mark, start, end)
        while at >= 0:
            begin = at + len(mark)
            at = frame.find("\\", begin, end)
            line = frame[begin:at]
            if not name:
                found.append((line, "", ""))
            elif line.startswith(":"):
                found.append(("", name, line[1:]))
            else:
                return None
            at = frame.find(mark, at, end)
    return found


def passed_on(frame: str, role: str) -> str:
    """A plain frame as the other side gets it: the same, stamped with who sent it."""
    return f'{frame[:-1]},"from":"{role}"}}'
