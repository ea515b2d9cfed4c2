"""The two messages that make up most of a call, in the one form in which browsers write them.

`JSON.stringify` of the page's own code writes candidates and descriptions in one way. A frame in
exactly that way is recognised as a whole, without taking it apart; any other goes the long way
round through `signaling.grammar`, with the same outcome.
"""

import re
from typing import Final

from signaling.messages import Candidate, Checked, Description
from signaling.sdp import good_description

_WHOLE: Final = r"(0|[1-9][0-9]{0,8})"
_BYTE: Final = r"(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
_PORT: Final = (
    r"(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
)
_MDNS: Final = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.local"
_LINE: Final = (
    r"candidate:[A-Za-z0-9+/]{1,32} [1-9][0-9]{0,2} (?:udp|tcp) [0-9]{1,10} "
    rf"(?:{_BYTE}\.{_BYTE}\.{_BYTE}\.{_BYTE}|{_MDNS}) {_PORT} "
    r"typ (?:host|srflx|prflx|relay)(?: [A-Za-z0-9+/.:\-]{1,64}){0,14}"
)
_CANDIDATE: Final = re.compile(
    rf'{{"type":"candidate","epoch":{_WHOLE},"candidate":'
    rf'({{"candidate":"(?:{_LINE})?","sdpMid":(?:null|"[A-Za-z0-9]{{0,64}}"),'
    rf'"sdpMLineIndex":(?:null|[0-9]|[1-9][0-9]),"usernameFragment":(?:null|"[A-Za-z0-9+/]{{0,256}}")}}'
    r"|null)}"
)
_DESCRIPTION: Final = re.compile(
    rf'{{"type":"description","epoch":{_WHOLE},"description":{{"type":"(offer|answer)","sdp":"'
)
_BREAK: Final = "\\r\\n"  # as JSON writes it


def plain_candidate(frame: str) -> Candidate | None:
    """The candidate in `frame`, or None when the frame has to go the long way."""
    found = _CANDIDATE.fullmatch(frame)
    if found is None:
        return None
    return Candidate(epoch=int(found[1]), candidate=Checked(found[2]))


def plain_description(frame: str) -> Description | None:
    """The description in `frame`, or None when the frame has to go the long way."""
    found = _DESCRIPTION.match(frame)
    if found is None or not frame.endswith('"}}'):
        return None
    written = frame[found.end() : -3]
    sdp = written.replace(_BREAK, "\r\n")
    if "\\" in sdp or '"' in sdp or not (written.isascii() and written.isprintable()):
        return None
    if not good_description(found[2], sdp):
        return None
    start = found.start(2) - len('{"type":"')
    return Description(epoch=int(found[1]), description=Checked(frame[start:-1]))
