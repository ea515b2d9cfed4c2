"""Rooms in Redis, so that two web processes can carry the two sides of one talk.

The truth is a hash a room, written by a script that compares the version. What one process has to
say to a page of another goes through a stream a process: publish and subscribe alone may lose it.
Every entry is signed and numbered, so that who can only write to Redis cannot put words into a
talk or repeat them.
"""

import asyncio
import contextlib
import hashlib
import hmac
import json
import logging
from typing import Any, Final
from uuid import uuid4

from redis.asyncio import Redis
from redis.exceptions import RedisError
from redis.maint_notifications import MaintNotificationsConfig

from signaling.registry import Deliver, Stored, is_unfinished
from signaling.room_state import RoomState, read_state, write_state

_KEEP_SECONDS: Final = 2 * 24 * 3600
_ALIVE_SECONDS: Final = 15
_BEAT_SECONDS: Final = 2.0
_BLOCK_MS: Final = 2000
_MOST_ENTRIES: Final = 4096
_log = logging.getLogger(__name__)

# KEYS room, unfinished; ARGV expected version, state, unfinished (0 or 1), meeting, seconds kept
_SAVE: Final = """
local version = tonumber(redis.call('HGET', KEYS[1], 'version') or '0')
if version ~= tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'version', version + 1, 'state', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[5])
if ARGV[3] == '1' then redis.call('SADD', KEYS[2], ARGV[4])
else redis.call('SREM', KEYS[2], ARGV[4]) end
return 1
"""


class RedisRegistry:
    """A `signaling.registry.SeatRegistry` for several processes; `key` is 32 bytes they share."""

    shared = True

    def __init__(self, url: str, key: bytes, *, prefix: str = "ts") -> None:
        self._redis: Redis = Redis.from_url(
            url,
            decode_responses=True,
            socket_timeout=5,
            # With these on, redis-py hands out connections that the server closed meanwhile: after
            # a restart of Redis each of them would cost one page its socket.
            maint_notifications_config=MaintNotificationsConfig(enabled=False),
        )
        self._save = self._redis.register_script(_SAVE)
        self._key = key
        self._prefix = prefix
        self._sender = uuid4().hex
        self._sent = 0
        self._newest: dict[str, int] = {}
        self._tasks: tuple[asyncio.Task[None], ...] = ()

    async def load(self, meeting: str) -> Stored | None:
        """See `SeatRegistry`."""
        kept: Any = self._redis.hmget(self._name("room", meeting), ["version", "state"])
        version, state = await kept
        if version is None or state is None:
            return None
        return Stored(version=int(version), state=read_state(json.loads(state)))

    async def save(self, state: RoomState, *, expected: int) -> bool:
        """See `SeatRegistry`."""
        done = await self._save(
            keys=[self._name("room", state.meeting), self._name("unfinished")],
            args=[
                expected,
                json.dumps(write_state(state)),
                int(is_unfinished(state)),
                state.meeting,
                _KEEP_SECONDS,
            ],
        )
        return bool(done)

    async def unfinished(self) -> tuple[str, ...]:
        """See `SeatRegistry`."""
        members: Any = self._redis.smembers(self._name("unfinished"))
        return tuple(sorted(await members))

    async def open(self, process: str, deliver: Deliver) -> None:
        """See `SeatRegistry`; returns once this process counts as alive."""
        await self._beat(process)
        self._tasks = (
            asyncio.create_task(self._beat_on(process)),
            asyncio.create_task(self._read_on(process, deliver)),
        )

    async def post(self, process: str, address: str, text: str) -> None:
        """See `SeatRegistry`."""
        self._sent += 1
        entry = {
            "sender": self._sender,
            "number": str(self._sent),
            "address": address,
            "text": text,
        }
        stream = self._name("post", process)
        signed: dict[Any, Any] = {**entry, "mac": self._sign(process, entry)}
        await self._redis.xadd(stream, signed, maxlen=_MOST_ENTRIES, approximate=True)
        await self._redis.expire(stream, 2 * 3600)

    async def alive(self, process: str) -> bool:
        """See `SeatRegistry`."""
        return bool(await self._redis.exists(self._name("alive", process)))

    async def close(self) -> None:
        """See `SeatRegistry`."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._redis.aclose()

    def _name(self, *parts: str) -> str:
        return ":".join((self._prefix, *parts))

    def _sign(self, process: str, entry: dict[str, str]) -> str:
        said = [process, *(entry[k] for k in ("sender", "number", "address", "text"))]
        return hmac.digest(self._key, json.dumps(said).encode(), hashlib.sha256).hex()

    async def _beat(self, process: str) -> None:
        await self._redis.set(self._name("alive", process), "1", ex=_ALIVE_SECONDS)

    async def _beat_on(self, process: str) -> None:
        while True:
            await asyncio.sleep(_BEAT_SECONDS)
            with contextlib.suppress(RedisError, OSError):
                await self._beat(process)

    async def _read_on(self, process: str, deliver: Deliver) -> None:
        stream, newest = self._name("post", process), "0"
        while True:
            try:
                found: Any = await self._redis.xread({stream: newest}, block=_BLOCK_MS)
            except (RedisError, OSError):
                # A Redis that began anew numbers anew.
                newest = "0"
                await asyncio.sleep(0.2)
                continue
            for _, entries in found or ():
                for number, entry in entries:
                    newest = number
                    if self._is_good(process, entry):
                        await deliver(entry["address"], entry["text"])
                    else:
                        _log.warning("an entry that none of us signed, or an old one, was dropped")

    def _is_good(self, process: str, entry: dict[str, str]) -> bool:
        if not {"sender", "number", "address", "text", "mac"} <= entry.keys():
            return False
        if not hmac.compare_digest(entry["mac"].encode(), self._sign(process, entry).encode()):
            return False
        number, last = int(entry["number"]), self._newest.get(entry["sender"], 0)
        self._newest[entry["sender"]] = max(number, last)
        return number > last
