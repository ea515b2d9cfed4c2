"""Which numbers of the rules hold on a day, out of the versions that were saved. Pure but for one
reading of them."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from coaching.errors import BadInput
from coaching.settings import VERSION_1, BlendSettings, InactivityDays
from coaching.wall_time import to_wall
from server.store import rulebook
from server.store.database import Tx

_NOT_NUMBERS = ("version", "starts_on", "zone")


async def numbers_at(tx: Tx, moment: datetime, zone: ZoneInfo) -> BlendSettings:
    """The version that holds for a meeting at `moment`."""
    return version_on(await rulebook.versions(tx), to_wall(moment, zone).date(), zone)


async def all_numbers(tx: Tx, zone: ZoneInfo) -> tuple[BlendSettings, ...]:
    """Every version, oldest first; the shipped one is the first."""
    saved = await rulebook.versions(tx)
    return (replace(VERSION_1, zone=zone), *(made(one, zone) for one in saved))


def begun_on(versions: Sequence[BlendSettings], day: date) -> BlendSettings:
    """Of all versions, oldest first, the newest that has begun on `day`; else the shipped one."""
    return [*versions[:1], *(one for one in versions[1:] if one.starts_on <= day)][-1]


async def numbers_of_version(tx: Tx, version: int, zone: ZoneInfo) -> BlendSettings:
    """A version by its number; version 1 where it is unknown."""
    saved = {one.version: one for one in await rulebook.versions(tx)}
    return made(saved[version], zone) if version in saved else replace(VERSION_1, zone=zone)


def version_on(saved: Sequence[rulebook.VersionRecord], day: date, zone: ZoneInfo) -> BlendSettings:
    """The newest version that has begun on `day`."""
    begun = [one for one in saved if one.starts_on <= day]
    return made(begun[-1], zone) if begun else replace(VERSION_1, zone=zone)


def made(saved: rulebook.VersionRecord, zone: ZoneInfo) -> BlendSettings:
    """The settings that a row stands for."""
    whole = {**as_numbers(VERSION_1), **saved.numbers}
    return with_numbers(
        replace(VERSION_1, zone=zone), whole, version=saved.version, starts_on=saved.starts_on
    )


def as_numbers(settings: BlendSettings) -> dict[str, int]:
    """Every number by name; a level of 5.6 is `usual.nudge`."""
    found: dict[str, int] = {}
    for field in fields(settings):
        value = getattr(settings, field.name)
        if field.name in _NOT_NUMBERS:
            continue
        if isinstance(value, InactivityDays):
            found |= {
                f"{field.name}.{level.name}": getattr(value, level.name) for level in fields(value)
            }
        else:
            found[field.name] = value
    return found


def with_numbers(
    base: BlendSettings, numbers: Mapping[str, int], *, version: int, starts_on: date
) -> BlendSettings:
    """`base` with these numbers in it, as another version.

    Raises:
        BadInput: `setting_unknown`, `settings_contradict`.
    """
    whole = as_numbers(base)
    for name in numbers:
        if name not in whole:
            raise BadInput("setting_unknown", field=name)
    whole |= numbers
    levels = {
        field.name: InactivityDays(
            **{level.name: whole[f"{field.name}.{level.name}"] for level in fields(InactivityDays)}
        )
        for field in fields(base)
        if isinstance(getattr(base, field.name), InactivityDays)
    }
    plain = {name: value for name, value in whole.items() if "." not in name}
    return replace(base, version=version, starts_on=starts_on, **levels, **plain)  # type: ignore[arg-type]  # by name
