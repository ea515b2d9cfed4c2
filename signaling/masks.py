"""Whether a browser masks each of its frames (RFC 6455, 5.1): the reader of aiohttp does not ask.

Only the heads of frames are looked at, to know where the next one begins.
"""

from typing import Final

_MASKED: Final = 0x80  # the bit of a frame's second byte; its other bits are the length, or:
_IN_TWO: Final = 126  # the length stands in the next two bytes
_HEAD, _HEAD_TWO, _HEAD_EIGHT = 6, 8, 14  # bytes, with the four of the mask


class Masks:
    """Follows the frames of one socket as their bytes come. Each frame of a call passes here."""

    __slots__ = ("_head", "_left")

    def __init__(self) -> None:
        self._left = 0  # bytes of the present frame that are still to come
        self._head = b""  # a head that has come in part

    def good(self, data: bytes) -> bool:
        """Whether every frame of which `data`, what came next, has the second byte is masked."""
        if self._head:
            data = self._head + data
            self._head = b""
        at, end = self._left, len(data)
        while at + 1 < end:
            size = data[at + 1] - _MASKED
            if size < 0:
                return False
            if size < _IN_TWO:
                at += _HEAD + size
            elif size == _IN_TWO and at + 4 <= end:
                at += _HEAD_TWO + (data[at + 2] << 8 | data[at + 3])
            elif size > _IN_TWO and at + 10 <= end:
                at += _HEAD_EIGHT + int.from_bytes(data[at + 2 : at + 10])
            else:
                break
        if at < end:
            self._left, self._head = 0, data[at:]
        else:
            self._left = at - end
        return True
