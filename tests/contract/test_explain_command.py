import asyncio
import os
import subprocess
from uuid import uuid4

import pytest

from server.store.erasing import ERASED_NAME
from server.usecases.context import Parts
from tests.command_line import tweespraak
from tests.house_of_people import House
from tests.wire.worker_tools import rows

pytestmark = pytest.mark.contract


async def explain(parts: Parts, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`tweespraak explain`, as an operator runs it."""
    return await operator(parts, "explain", *arguments)


async def operator(
    parts: Parts, *command: str, typed: str = ""
) -> subprocess.CompletedProcess[str]:
    """`tweespraak …` on this installation, with `typed` at its questions."""
    env = {
        **os.environ,
        "TWEESPRAAK_DATA_DIR": str(parts.settings.data_dir),
        "TWEESPRAAK_DATABASE_URL": parts.settings.database_url,
        "COLUMNS": "200",
    }
    return await asyncio.to_thread(tweespraak, *command, env=env, typed=typed)


async def test_the_command_line_explains_a_meeting(house: House, parts: Parts) -> None:
    trajectory = await house.acquainted(await house.coach(), await house.candidate())
    booked = await house.book(trajectory, "2027-03-03T14:00")

    told = await explain(parts, str(booked.meeting), "--language", "nl")

    assert told.returncode == 0, told.stderr
    assert "Voortgang, woensdag 3 maart: allow" in told.stdout
    assert "settings version 1" in told.stdout
    assert "Kennisgemaakt op locatie" in told.stdout


async def test_an_unknown_meeting_is_one_sentence(sqlite_parts: Parts) -> None:
    told = await explain(sqlite_parts, str(uuid4()))

    assert told.returncode == 2
    assert told.stderr == "tweespraak: This appointment is not here, or not with you.\n"


async def test_the_command_line_asks_for_the_name_and_erases(
    sqlite_house: House, sqlite_parts: Parts
) -> None:
    person = await sqlite_house.candidate(name="Anna Visser")

    told = await operator(sqlite_parts, "erase", str(person), typed="anna visser\n")

    assert told.returncode == 0, told.stderr
    assert "Erased" in told.stdout
    assert "Anna" not in told.stdout + told.stderr
    (left,) = await rows(sqlite_parts, "candidate", id=person)
    assert (left["name"], left["email"], left["phone"]) == (ERASED_NAME, None, None)
