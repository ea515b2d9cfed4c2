"""A calendar in memory, as strict as a good server: for trying things out without a network."""

import hashlib

from calendar_sync.event_format import Unreadable, read_event
from calendar_sync.target import (
    Alive,
    Changed,
    Exists,
    Found,
    Garbage,
    Missing,
    Removed,
    Stored,
    Written,
)


class MemoryTarget:
    """Keeps objects by name; refuses a UID that stands under another name."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    async def check(self) -> Alive:
        """Always there."""
        return Alive()

    async def get(self, href: str) -> Stored | Missing:
        """Give the object."""
        ics = self.objects.get(href)
        return Missing() if ics is None else Stored(ics=ics, etag=tag_of(ics))

    async def find(self, uid: str) -> Found | Missing:
        """Look for the UID."""
        for href, ics in self.objects.items():
            if read_event(ics).uid == uid:
                return Found(href=href)
        return Missing()

    async def create(self, href: str, ics: bytes) -> Written | Exists | Garbage:
        """Keep a new object."""
        try:
            uid = read_event(ics).uid
        except Unreadable as error:
            return Garbage(reason=str(error))
        taken = {read_event(other).uid for other in self.objects.values()}
        if href in self.objects or uid in taken:
            return Exists()
        return self._keep(href, ics)

    async def update(
        self, href: str, ics: bytes, *, etag: str
    ) -> Written | Changed | Missing | Garbage:
        """Replace the object while its tag is `etag`."""
        there = self.objects.get(href)
        if there is None:
            return Missing()
        if tag_of(there) != etag:
            return Changed()
        try:
            read_event(ics)
        except Unreadable as error:
            return Garbage(reason=str(error))
        return self._keep(href, ics)

    async def remove(self, href: str, *, etag: str) -> Removed | Changed | Missing:
        """Drop the object while its tag is `etag`."""
        there = self.objects.get(href)
        if there is None:
            return Missing()
        if tag_of(there) != etag:
            return Changed()
        del self.objects[href]
        return Removed()

    async def close(self) -> None:
        """Nothing to let go of."""

    def _keep(self, href: str, ics: bytes) -> Written:
        self.objects[href] = ics
        return Written(etag=tag_of(ics))


def tag_of(ics: bytes) -> str:
    """The tag of an object, which changes with each byte of it."""
    return f'"{hashlib.sha256(ics).hexdigest()[:32]}"'
