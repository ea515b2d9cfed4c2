"""Rules R1 to R4 as a room asks them: the engine answers once for each way to stand to a talk.

Of a seat the rules look at how a person stands to the two of the meeting, never at who they are
or what time it is; `tests/unit/signaling/test_seat_rules.py` holds the engine to that.
"""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final
from uuid import UUID

from coaching.engine import judge_seat
from coaching.facts import SeatFacts
from coaching.settings import VERSION_1, BlendSettings
from coaching.verdict import Verdict
from coaching.words import Role

_COACH: Final = UUID(int=1)
_CANDIDATE: Final = UUID(int=2)
_STRANGER: Final = UUID(int=3)
_PERSON: Final = {Role.COACH: _COACH, Role.CANDIDATE: _CANDIDATE, None: _STRANGER}
_ANY_TIME: Final = datetime(2026, 1, 1, tzinfo=UTC)


def seat_verdict(
    who: Role | None,
    settings: BlendSettings,
    *,
    elsewhere: bool = False,
    camera_live: bool | None = None,
    camera_waiver: bool = False,
) -> Verdict:
    """What the rules say of `who` (None: neither of the two) asking a seat of a talk.

    `elsewhere`: this person sits there already on another device. `camera_live` None: not asked
    yet. Both seats are reserved for the two, so a third is always one too many (R1).
    """
    if settings is VERSION_1:
        return _by_version_1(who, elsewhere, camera_live, camera_waiver)
    return _ask(who, settings, elsewhere, camera_live, camera_waiver)


@lru_cache(maxsize=64)  # three kinds of person, two of places, three of cameras, with a waiver
def _by_version_1(
    who: Role | None,
    elsewhere: bool,  # noqa: FBT001 -- by position: the key of the cache
    camera_live: bool | None,  # noqa: FBT001 -- the same
    camera_waiver: bool,  # noqa: FBT001 -- the same
) -> Verdict:
    return _ask(who, VERSION_1, elsewhere, camera_live, camera_waiver)


def _ask(
    who: Role | None,
    settings: BlendSettings,
    elsewhere: bool,  # noqa: FBT001 -- as the key of the cache has it
    camera_live: bool | None,  # noqa: FBT001 -- the same
    camera_waiver: bool,  # noqa: FBT001 -- the same
) -> Verdict:
    facts = SeatFacts(
        person=_PERSON[who],
        coach=_COACH,
        candidate=_CANDIDATE,
        seated=frozenset((_COACH, _CANDIDATE)),
        other_device=elsewhere,
        camera_live=camera_live,
        camera_waiver=camera_waiver,
    )
    return judge_seat(facts, settings, _ANY_TIME)
