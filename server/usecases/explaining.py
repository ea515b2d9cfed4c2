"""Why: the verdict on a meeting or a booking, with its facts and the rules behind it."""

from dataclasses import dataclass
from datetime import datetime

from coaching.verdict import Verdict
from coaching.words import Language
from server.usecases.booking import BookingRequest
from server.usecases.context import MeetingId, Parts, StaffActor


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleText:
    """A rule that spoke, with where it comes from."""

    id: str
    hardness: str
    says: str
    sources: tuple[str, ...]
    liftable_by: int
    lifted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Facts (name and value, in words), verdict and rules."""

    title: str
    facts: tuple[tuple[str, str], ...]
    verdict: Verdict
    rules: tuple[RuleText, ...]
    settings_version: int
    settings_since: str  # a day, 2027-01-01


async def explain(
    parts: Parts,
    actor: StaffActor | None,
    meeting: MeetingId,
    *,
    language: Language,
    now: datetime,
) -> Explanation:
    """Judge a meeting again with the version of the settings that it was made under. Reads only.

    The history is what it was without this meeting. `actor` None: the command line.

    Raises:
        NotFound: no such meeting, or not one of this coach.
    """
    raise NotImplementedError


async def explain_booking(
    parts: Parts, actor: StaffActor, request: BookingRequest, *, now: datetime
) -> Explanation:
    """The same for a booking that does not stand: what stands behind "waarom?". Reads only.

    Raises:
        BadInput, NotFound: as `judge_booking`.
    """
    raise NotImplementedError
