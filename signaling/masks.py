"""Whether a browser masks each of its frames (RFC 6455, 5.1): the reader of aiohttp does not ask.

Only the heads of frames are looked at, to know where the next one begins.
"""

from typing import Final

_MASKED: Final = 0x80  # the bit of a frame's second byte
_LENGTH: Final = 0x7F  # the other bits of it
_WIDE: Final = {126: 4, 127: 10}  # what stands for a length, to the size of a head without its mask
_MASK: Final = 4  # bytes
_TINY: Final = 126  # below this, the length stands in the second byte itself


class Masks:
    """Follows the frames of one socket as their bytes come."""

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
            second = data[at + 1]
            if second < _MASKED:
                return False
            size = second & _LENGTH
            head = 2
            if size >= _TINY:
                head = _WIDE[size]
                if at + head > end:
                    break
                size = int.from_bytes(data[at + 2 : at + head])
            at += head + _MASK + size
        self._left = max(0, at - end)
        if at < end:
            self._head = data[at:]
        return True
