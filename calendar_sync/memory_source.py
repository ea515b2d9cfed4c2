"""Reading a calendar in memory, as a good server tells it: for trying things out."""

from collections.abc import Sequence
from datetime import datetime

from calendar_sync.memory_target import MemoryTarget, tag_of
from calendar_sync.reading import MAX_OBJECT_BYTES, Changes, Fetched, Listing, Remote, TokenRefused


class MemorySource:
    """Tells what changed in the objects of a `MemoryTarget` since each token it gave."""

    def __init__(self, target: MemoryTarget) -> None:
        self._target = target
        self._told: list[dict[str, str | None]] = []

    async def changes(self, token: str | None) -> Changes | TokenRefused:
        """Compare with what stood there at `token`."""
        if token is not None and not (token.isdecimal() and int(token) < len(self._told)):
            return TokenRefused(reason="this token was never given")
        before = {} if token is None else self._told[int(token)]
        now = self._tags()
        if token is not None and before == now:
            return Changes(token=token, changed={}, removed=frozenset())
        self._told.append(now)
        return Changes(
            token=str(len(self._told) - 1),
            changed={href: tag for href, tag in now.items() if before.get(href) != tag},
            removed=frozenset(before.keys() - now.keys()),
        )

    async def listing(self) -> Listing:
        """All that is there."""
        tags = self._tags()
        self._told.append(tags)
        return Listing(tags=tags, token=str(len(self._told) - 1))

    async def between(self, _starts_at: datetime, _ends_at: datetime) -> Listing:
        """All that is there: whoever asks reads the times of what is new to them."""
        return Listing(tags=self._tags(), token=None)

    async def fetch(self, hrefs: Sequence[str]) -> Fetched:
        """Give objects."""
        there = {href: self._target.objects[href] for href in hrefs if href in self._target.objects}
        return Fetched(
            objects={
                href: Remote(ics=ics, etag=tag_of(ics))
                for href, ics in there.items()
                if len(ics) <= MAX_OBJECT_BYTES
            },
            missing=frozenset(set(hrefs) - there.keys()),
            too_large=frozenset(h for h, ics in there.items() if len(ics) > MAX_OBJECT_BYTES),
        )

    async def close(self) -> None:
        """Nothing to let go of."""

    def _tags(self) -> dict[str, str | None]:
        return {href: tag_of(ics) for href, ics in self._target.objects.items()}
