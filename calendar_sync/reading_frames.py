"""What goes over the pipes between the process that asks and the one that reads.

A frame is one letter, the length of what follows in four bytes, and that. Only JSON comes back:
who reads hostile input is not believed with anything that could run.
"""

import json
import struct
from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from calendar_sync.events import Interval, ObjectState, OwnEvent, ReadObject, Weight
from calendar_sync.occurrences import Ground

HEAD = struct.Struct("!cI")


class Frame(StrEnum):
    """What a frame holds."""

    GROUND = "G"  # for the objects that follow
    OBJECT = "O"
    FEED = "F"
    ANSWER = "A"  # to the oldest object without one
    PIECE = "P"  # of a feed: 64 letters or more of name, a line feed, and the object
    CUT = "C"  # the feed is cut; a reason, or nothing
    ALIVE = "L"  # something slow was loaded: the time of this object begins now


def frame(kind: Frame, content: bytes) -> bytes:
    """One frame as it goes over the pipe."""
    return HEAD.pack(kind.value.encode(), len(content)) + content


def take_frame(waiting: bytearray) -> tuple[Frame, bytes] | None:
    """Take the first whole frame out of what has come in, or None."""
    if len(waiting) < HEAD.size:
        return None
    kind, length = HEAD.unpack_from(waiting)
    end = HEAD.size + length
    if len(waiting) < end:
        return None
    content = bytes(waiting[HEAD.size : end])
    del waiting[:end]
    return Frame(kind.decode("ascii")), content


def write_ground(ground: Ground) -> bytes:
    """The ground as JSON."""
    told = asdict(ground) | {
        "starts_at": ground.starts_at.isoformat(),
        "ends_at": ground.ends_at.isoformat(),
        "owner_addresses": sorted(ground.owner_addresses),
    }
    return json.dumps(told).encode()


def read_ground(content: bytes) -> Ground:
    """The ground from JSON."""
    told = json.loads(content)
    return Ground(
        owner_zone=told["owner_zone"],
        starts_at=datetime.fromisoformat(told["starts_at"]),
        ends_at=datetime.fromisoformat(told["ends_at"]),
        owner_addresses=frozenset(told["owner_addresses"]),
        elsewhere=Weight(told["elsewhere"]) if told["elsewhere"] else None,
    )


def write_answer(read: ReadObject) -> bytes:
    """What was read, as short as JSON gets."""
    busy = [
        (_second(one.starts_at), _second(one.ends_at), one.weight.value, one.at_place)
        for one in read.busy
    ]
    own = None if read.own is None else _told(read.own)
    told = (read.state.value, read.uid_hash, read.reason, read.recurring, busy, own, read.digest)
    return json.dumps(told, separators=(",", ":")).encode()


def _told(own: OwnEvent) -> tuple[str | int | bool | None, ...]:
    starts = None if own.starts_at is None else _second(own.starts_at)
    ends = None if own.ends_at is None else _second(own.ends_at)
    marks = (own.cancelled, own.all_day, own.recurring, own.declined)
    return (own.meeting, own.uid, own.revision, starts, ends, *marks)


def read_answer(content: bytes) -> ReadObject:
    """What was read, from JSON.

    Raises:
        ValueError, TypeError, LookupError: the reading process said something else.
    """
    state, uid_hash, reason, recurring, busy, own, digest = json.loads(content)
    return ReadObject(
        state=ObjectState(state),
        uid_hash=uid_hash,
        reason=reason,
        recurring=recurring,
        busy=tuple(
            Interval(starts_at=_at(begin), ends_at=_at(end), weight=Weight(weight), at_place=place)
            for begin, end, weight, place in busy
        ),
        own=None if own is None else _own(own),
        digest=digest,
    )


def _own(told: list[Any]) -> OwnEvent:
    meeting, uid, revision, starts, ends, cancelled, all_day, recurring, declined = told
    return OwnEvent(
        meeting=meeting,
        uid=uid,
        revision=revision,
        starts_at=None if starts is None else _at(starts),
        ends_at=None if ends is None else _at(ends),
        cancelled=cancelled,
        all_day=all_day,
        recurring=recurring,
        declined=declined,
    )


def _second(moment: datetime) -> int:
    return int(moment.timestamp())


def _at(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)
