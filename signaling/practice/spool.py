"""Pictures of a film in a file instead of in memory: five minutes of them are 2.6 GB."""

import zlib
from collections.abc import Sequence
from typing import IO, Final, overload

from av.video.frame import VideoFrame

_LEVEL: Final = 1  # halves a usual picture, and costs less time than reading it


class Spool(Sequence[VideoFrame]):
    """The pictures that were added, in order, all of one size and in yuv420p.

    A piece of it reads from the same file, which stays open for as long as any is read.
    """

    def __init__(self, file: IO[bytes], width: int, height: int) -> None:
        self._file, self._size = file, (width, height)
        self._places: list[tuple[int, int]] = []

    def add(self, frame: VideoFrame, times: int) -> None:
        """Add a picture so many times; it is written once.

        Raises:
            OSError: there is no room.
        """
        data = zlib.compress(b"".join(bytes(plane) for plane in frame.planes), _LEVEL)
        at = self._file.seek(0, 2)
        self._file.write(data)
        self._places += [(at, len(data))] * times

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, which: int) -> VideoFrame: ...
    @overload
    def __getitem__(self, which: slice) -> "Spool": ...
    def __getitem__(self, which: int | slice) -> "VideoFrame | Spool":
        if isinstance(which, slice):
            piece = Spool(self._file, *self._size)
            piece._places = self._places[which]
            return piece
        at, length = self._places[which]
        self._file.seek(at)
        data = zlib.decompress(self._file.read(length))
        return _frame(data, *self._size)


def _frame(data: bytes, width: int, height: int) -> VideoFrame:
    frame = VideoFrame(width, height, "yuv420p")
    for plane in frame.planes:  # as long as those that were written: made by the same call
        plane.update(data[: plane.buffer_size])
        data = data[plane.buffer_size :]
    return frame
