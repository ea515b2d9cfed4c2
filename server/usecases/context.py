"""What every use case is given: the parts of the installation, and who asks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NewType
from uuid import UUID

from coaching.access import Right, in_house
from coaching.words import Language, StaffRole
from server.config import Settings
from server.secrets import InstallSecret
from server.store.database import Database

CandidateId = NewType("CandidateId", UUID)
MeetingId = NewType("MeetingId", UUID)
StaffId = NewType("StaffId", UUID)
TrajectoryId = NewType("TrajectoryId", UUID)
RoomId = NewType("RoomId", UUID)
PlaceId = NewType("PlaceId", UUID)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts that use cases work with; made once, in `server.app` or the worker."""

    settings: Settings
    database: Database
    secret: InstallSecret
    now: Callable[[], datetime]  # read by routes and loops only, and passed on as an argument
    since: datetime | None = None  # when this process began to serve; None: it does not matter


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffActor:
    """A signed-in member of staff."""

    id: StaffId
    name: str
    roles: frozenset[StaffRole]
    language: Language
    device: UUID
    csrf: str

    @property
    def key(self) -> str:
        """Who, in one string, for idempotency and history."""
        return f"staff:{self.id}"

    def may(self, *rights: Right) -> bool:
        """Whether this person has one of these rights in the house."""
        return bool(in_house(self) & set(rights))


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestActor:
    """A candidate who came in by a link; knows one meeting and nothing else."""

    meeting: MeetingId
    candidate: CandidateId
    name: str
    language: Language
    device: UUID
    csrf: str


Actor = StaffActor | GuestActor
