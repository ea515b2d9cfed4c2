"""Twelve kinds of malformed frames: the server lives, and the talk beside them notices nothing."""

import asyncio
import random
from uuid import uuid4

import pytest

from coaching.words import Role
from tests.seeds import seed_of_run
from tests.wire.hostile_frames import KINDS, Toll, attack
from tests.wire.rig import People, running

pytestmark = pytest.mark.wire
_SOCKETS = 6  # of each kind, half at the door and half from a seat


async def test_twelve_kinds_of_malformed_frames_disturb_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    dice, toll = random.Random(seed_of_run()), Toll()  # noqa: S311 -- a seed that can be repeated
    async with running() as rig:
        coach, candidate = await rig.talk(People())

        async def hostile(kind: str, people: People | None) -> None:
            device = uuid4()
            for _ in range(_SOCKETS // 2):
                ticket = people and rig.desk.issue(people.ticket(Role.CANDIDATE, device))
                await attack(rig.port, kind, 5, dice, toll, ticket=ticket)

        await asyncio.gather(
            *(hostile(kind, people) for kind in KINDS for people in (None, People()))
        )

        assert toll.wrong == []
        assert toll.sent >= len(KINDS) * _SOCKETS
        assert await coach.until_pong() == []
        assert await candidate.until_pong() == []
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []
