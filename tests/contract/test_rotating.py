"""A new key for stored passwords, while the house runs and wherever it is stopped."""

import asyncio
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from server.config import Settings
from server.doctor import Finding, State, examine
from server.field_keys import FILE, FieldKeys, key_name
from server.secrets import InstallSecret, load_or_make_secret
from server.usecases.context import Parts
from server.usecases.rotating import rotate_field_key, unknown_keys
from tests.calendar_rounds import change, connected
from tests.house_of_people import House
from tests.wire.worker_tools import rows

pytestmark = pytest.mark.contract
MANY = 4


class Killed(Exception):
    """The process is no more."""


async def with_keys(parts: Parts, house: House, folder: Path) -> Parts:
    """An installation with a file for keys, and passwords that the derived one sealed."""
    key = bytes(range(32))
    secret = InstallSecret(key, FieldKeys(folder / FILE, InstallSecret(key).derive("field-keys")))
    kept = replace(parts, secret=secret)
    for number in range(MANY):
        diary = await connected(kept, (await house.coach()).id)
        sealed = secret.seal(f"geheim {number}", bound_to=f"calendar_connection:{diary.connection}")
        await change(diary, secret=sealed)
    return kept


async def passwords(parts: Parts) -> dict[UUID, str]:
    return {
        one["id"]: parts.secret.unseal(
            bytes(one["secret"]), bound_to=f"calendar_connection:{one['id']}"
        )
        for one in await rows(parts, "calendar_connection")
    }


async def names(parts: Parts) -> set[str]:
    return {key_name(bytes(one["secret"])) for one in await rows(parts, "calendar_connection")}


async def test_all_are_sealed_anew_and_the_old_key_goes_with_the_next_time(
    parts: Parts, house: House, tmp_path: Path
) -> None:
    kept = await with_keys(parts, house, tmp_path)
    before = await passwords(kept)
    seen = []
    keys = kept.secret.field_keys
    assert keys is not None

    for _ in range(3):
        done = await rotate_field_key(kept)
        assert (done.anew, done.unreadable) == (MANY, 0)
        assert await passwords(kept) == before
        (name,) = await names(kept)
        seen.append(name)

    assert keys.newest() == seen[2]
    assert [keys.of(one) is None for one in seen] == [True, False, False]
    assert await unknown_keys(kept) == set()
    assert await unknown_keys(parts) == {seen[2]}


async def test_stopped_anywhere_nothing_is_unreadable_and_the_next_time_ends_it(
    parts: Parts, house: House, tmp_path: Path
) -> None:
    kept = await with_keys(parts, house, tmp_path)
    before = await passwords(kept)

    for point in range(MANY + 1):

        def told(done: int, _all: int, *, end: int = point) -> None:
            if done == end:
                raise Killed

        with pytest.raises(Killed):
            await rotate_field_key(kept, told=told)
        assert await passwords(kept) == before
    await rotate_field_key(kept)

    assert await passwords(kept) == before
    assert len(await names(kept)) == 1


async def test_two_at_once_do_not_lose_a_key(
    sqlite_parts: Parts, sqlite_house: House, tmp_path: Path
) -> None:
    kept = await with_keys(sqlite_parts, sqlite_house, tmp_path)
    before = await passwords(kept)
    second = []

    def told(done: int, _all: int) -> None:
        if done == 0:
            second.append(asyncio.create_task(rotate_field_key(kept)))

    done = await rotate_field_key(kept, told=told)

    with pytest.raises(ValueError, match="somebody else"):
        await second[0]
    assert (done.anew, len(second)) == (MANY, 1)
    assert await passwords(kept) == before


async def test_doctor_says_which_key_of_stored_passwords_is_missing(
    sqlite_parts: Parts, sqlite_house: House
) -> None:
    settings = sqlite_parts.settings
    kept = replace(sqlite_parts, secret=load_or_make_secret(settings.data_dir))
    diary = await connected(kept, (await sqlite_house.coach()).id)
    sealed = kept.secret.seal("geheim", bound_to=f"calendar_connection:{diary.connection}")
    await change(diary, secret=sealed)
    await rotate_field_key(kept)
    (name,) = await names(kept)

    good = await examined(settings)
    (settings.data_dir / FILE).unlink()
    bad = await examined(settings)
    await change(diary, secret=b"")  # given up

    assert (good.state, bad.state) == (State.GOOD, State.BAD)
    assert f"need the key {name}" in bad.sentence
    assert (await examined(settings)).state is State.GOOD


async def examined(settings: Settings) -> Finding:
    (found,) = [one async for one in examine(settings) if one.subject == "stored passwords"]
    return found


async def test_password_of_another_installation_is_counted_and_left(
    sqlite_parts: Parts, sqlite_house: House, tmp_path: Path
) -> None:
    kept = await with_keys(sqlite_parts, sqlite_house, tmp_path)
    diary = await connected(kept, (await sqlite_house.coach()).id)
    foreign = InstallSecret(bytes(32)).seal("x", bound_to="calendar_connection:x")
    await change(diary, secret=foreign)

    done = await rotate_field_key(kept)

    assert (done.anew, done.unreadable) == (MANY, 1)
    assert bytes((await diary.row())["secret"]) == foreign
