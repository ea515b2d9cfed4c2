"""Looks at one key picture each two seconds: is it black, does it change. Nothing is kept.

Only the last picture is remembered, as 32 x 24 grey points, and only until the next.
"""

from typing import Final

import av
from av.video.frame import VideoFrame

from signaling.practice.measuring import Picture
from signaling.practice.packets import key_picture_size

EVERY_SECONDS: Final = 2.0
_WIDTH, _HEIGHT = 32, 24
_BLACK_MEAN, _BLACK_SPREAD = 16, 12
_MOVED_POINT, _MOVED_MEAN = 6, 0.8
_LARGEST_BYTES: Final = 512 * 1024
_LARGEST_SIDE: Final = 1920

Grey = bytes


class KeyPicture:
    """Puts the packets of one key picture together; gives up at the first that is missing."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._timestamp = self._next = -1
        self._size = 0

    def begin(self, timestamp: int, sequence: int, part: bytes) -> None:
        """The first packet of a key picture."""
        self._parts, self._size = [part], len(part)
        self._timestamp, self._next = timestamp, (sequence + 1) & 0xFFFF

    def add(self, timestamp: int, sequence: int, part: bytes) -> None:
        """A later packet."""
        if not self._parts or timestamp != self._timestamp or sequence != self._next:
            self._parts = []
            return
        self._size += len(part)
        self._next = (sequence + 1) & 0xFFFF
        if self._size > _LARGEST_BYTES:
            self._parts = []
        else:
            self._parts.append(part)

    @property
    def collecting(self) -> bool:
        """Whether a picture was begun."""
        return bool(self._parts)

    def whole(self) -> bytes:
        """The picture, after its last packet; nothing is left here."""
        found = b"".join(self._parts)
        self._parts = []
        return found


def decode(picture: bytes) -> Grey | None:
    """A key picture as a few grey points; None when it cannot be read, or is too large to try."""
    if len(picture) < 10 or max(key_picture_size(picture)) > _LARGEST_SIDE:  # noqa: PLR2004 -- its header
        return None
    codec = av.CodecContext.create("vp8", "r")
    codec.thread_count = 1
    try:
        frames = codec.decode(av.Packet(picture))
    except (av.FFmpegError, ValueError):
        return None
    return small(frames[0]) if frames else None


def small(frame: VideoFrame) -> Grey:
    """A few grey points, each the average of what lies around it: enough to see change."""
    grey = frame.reformat(width=_WIDTH, height=_HEIGHT, format="gray", interpolation="AREA")
    plane = grey.planes[0]
    rows = bytes(plane)
    return b"".join(
        rows[start : start + _WIDTH]
        for start in range(0, plane.line_size * _HEIGHT, plane.line_size)
    )


def judge(now: Grey | None, before: Grey | None) -> Picture:
    """What this picture shows, next to the one before."""
    if now is None:
        return Picture.WAIT
    if sum(now) < _BLACK_MEAN * len(now) and max(now) - min(now) < _BLACK_SPREAD:
        return Picture.BLACK
    if before is None:
        return Picture.WAIT
    changes = [abs(one - other) for one, other in zip(now, before, strict=True)]
    moved = max(changes) >= _MOVED_POINT or sum(changes) >= _MOVED_MEAN * len(changes)
    return Picture.MOVING if moved else Picture.FROZEN
