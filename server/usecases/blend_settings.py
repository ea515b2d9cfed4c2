"""The numbers of the rules: which version holds when, what a change would mean, saving one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from coaching.settings import BlendSettings
from coaching.verdict import Outcome
from server.usecases.context import Parts, StaffActor
from server.usecases.people import MeetingLine


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsVersionView:
    """One version; `changed` names what differs from the version before it: old and new value."""

    version: int
    starts_on: date
    by: str | None  # a name; None: shipped with the program
    at: datetime | None
    changed: Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedAnew:
    """A planned meeting that the changed numbers judge differently."""

    meeting: MeetingLine
    before: Outcome
    after: Outcome
    rule: str
    reason_nl: str
    reason_en: str


async def settings_at(parts: Parts, day: date) -> BlendSettings:
    """The version that holds for a meeting on `day` (the organisation's zone)."""
    raise NotImplementedError


async def list_versions(parts: Parts) -> tuple[SettingsVersionView, ...]:
    """All versions, newest first; version 1 is the one that is shipped."""
    raise NotImplementedError


async def preview_settings(
    parts: Parts,
    actor: StaffActor,
    numbers: Mapping[str, int],
    *,
    starts_on: date,
    now: datetime,
) -> tuple[JudgedAnew, ...]:
    """Which planned meetings from `starts_on` on would be judged otherwise. Reads only.

    `numbers` are the changed ones by name of `BlendSettings`; a level of 5.6 is written as
    `usual.nudge`. What is not named stays as it is on that day.

    Raises:
        BadInput: as `save_settings`.
        NotAllowed: the actor is no admin.
    """
    raise NotImplementedError


async def save_settings(
    parts: Parts,
    actor: StaffActor,
    numbers: Mapping[str, int],
    *,
    starts_on: date,
    key: str,
    now: datetime,
) -> int:
    """Save a new version that holds from `starts_on`; give its number.

    Raises:
        BadInput: `setting_unknown` (field names it), `settings_contradict`, or `starts_too_early`,
            a start before tomorrow or before that of the newest version.
        NotAllowed: the actor is no admin.
    """
    raise NotImplementedError
