"""The process that reads foreign objects: no secrets, no network, little time and memory.

Run as a module by `calendar_sync.reading_pool`; frames come in on standard input and go out on
standard output, answers in the order of the objects. What was answered is sent off before
anything slow begins: who is stopped then costs only the object in hand.
"""

import os
import resource
import signal
import sys
from dataclasses import dataclass, field

from calendar_sync.events import ReadObject
from calendar_sync.feed_format import cut_feed
from calendar_sync.hostile import NotBelieved, Reason
from calendar_sync.occurrences import Ground, load_expander, read_object, refused_object
from calendar_sync.reading_frames import Frame, frame, read_ground, take_frame, write_answer

MEMORY_BYTES = 1 << 30
CPU_SECONDS = 1.0  # of one object
FEED_CPU_SECONDS = 5.0  # to cut a feed of 20 MB, which takes a little over one
_KINDNESS = 5  # who waits for a page goes first
_AT_ONCE = 1 << 20
_LARGE = 50_000


@dataclass(slots=True)
class _Desk:
    """What the process has in hand."""

    ground: Ground | None = None
    answers: list[bytes] = field(default_factory=list)
    loaded: bool = False

    def put(self, kind: Frame, content: bytes) -> None:
        self.answers.append(frame(kind, content))

    def send(self) -> None:
        waiting, self.answers = memoryview(b"".join(self.answers)), []
        while waiting:
            waiting = waiting[os.write(1, waiting) :]

    def take(self, kind: Frame, content: bytes) -> None:
        """Do what one frame asks."""
        if kind is Frame.GROUND:
            self.ground = read_ground(content)
        elif kind is Frame.OBJECT:
            self._before(content)
            self.put(Frame.ANSWER, write_answer(self._read(content)))
        elif kind is Frame.FEED:
            self.send()
            _limit_processor(FEED_CPU_SECONDS)
            self._cut(content)

    def _before(self, content: bytes) -> None:
        """Give this object its own time; send off what is done when it may take long."""
        _limit_processor()
        if len(content) > _LARGE:
            self.send()

    def _before_expanding(self) -> None:
        if not self.loaded:
            load_expander()
            self.loaded = True
            self.put(Frame.ALIVE, b"")
            _limit_processor()
        self.send()

    def _read(self, content: bytes) -> ReadObject:
        assert self.ground is not None  # noqa: S101 -- the pool sends it first
        try:
            return read_object(content, self.ground, before_expanding=self._before_expanding)
        except (MemoryError, RecursionError):
            return refused_object(Reason.TOO_LARGE)

    def _cut(self, content: bytes) -> None:
        try:
            for name, piece in cut_feed(content).items():
                self.put(Frame.PIECE, f"{name}\n".encode() + piece)
                if len(self.answers) > 100:  # noqa: PLR2004 -- a pipe's worth
                    self.send()
            self.put(Frame.CUT, b"")
        except NotBelieved as refused:
            self.put(Frame.CUT, refused.reason.value.encode())
        except MemoryError:
            self.put(Frame.CUT, Reason.TOO_LARGE.value.encode())


def _limit_processor(seconds: float = CPU_SECONDS) -> None:
    """A signal ends the process when what is in hand takes more than its share."""
    signal.setitimer(signal.ITIMER_PROF, seconds)


def main() -> int:
    """Read until nobody asks any more."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(_KINDNESS)
    desk, waiting = _Desk(), bytearray()
    desk.put(Frame.ALIVE, b"")
    desk.send()
    while got := os.read(0, _AT_ONCE):
        waiting += got
        while taken := take_frame(waiting):
            desk.take(*taken)
        desk.send()
    return 0


if __name__ == "__main__":
    sys.exit(main())
