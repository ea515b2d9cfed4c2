"""The clock at work on both databases: reminders and nudges go once, by day, and never too late."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import text as sql

from coaching.words import Mode
from server.jobs.reminders_post import MOST_ATTEMPTS
from server.jobs.timers import look
from server.store.attention import add_activity
from server.store.outbox import Kind
from server.usecases.booking import MoveRequest, cancel_meeting, move_meeting
from server.usecases.context import MeetingId, Parts, StaffActor, TrajectoryId
from server.usecases.nudges import NudgeAnswer, answer_nudge
from tests.calendar_servers import MailSink, mail_sink
from tests.conftest import Clock
from tests.house_of_people import House
from tests.wire.worker_tools import deliver, rows, with_servers

pytestmark = pytest.mark.wire

TALK = "2027-03-03T14:00"  # a Wednesday
DAY_BEFORE = "2027-03-02T14:00"
TWO_HOURS = "2027-03-03T12:00"


@pytest.fixture
async def sink() -> AsyncIterator[MailSink]:
    async with mail_sink() as opened:
        yield opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A coach and a candidate who met; mails go to a sink, texts become files."""

    parts: Parts
    house: House
    coach: StaffActor
    trajectory: TrajectoryId
    sink: MailSink

    async def book(self, starts: str = TALK) -> MeetingId:
        return (await self.house.book(self.trajectory, starts)).meeting

    async def pass_time(self) -> None:
        """The timers look, and what they wrote is delivered."""
        await look(self.parts)
        await deliver(self.parts)

    def texts(self) -> list[str]:
        folder = self.parts.settings.data_dir / "texts"
        return sorted(file.read_text("utf-8") for file in folder.glob("*.txt"))

    def subjects(self, about: str) -> list[str]:
        subjects = [str(one.message["Subject"]) for one in self.sink.taken]
        return [one for one in subjects if about in one]


@pytest.fixture
async def scene(parts: Parts, sink: MailSink) -> Scene:
    ready = with_servers(parts, sink=sink)
    house = House(ready)
    coach = await house.coach()
    trajectory = await house.acquainted(coach)
    await deliver(ready)
    return Scene(parts=ready, house=house, coach=coach, trajectory=trajectory, sink=sink)


async def test_reminders_go_a_day_and_two_hours_before_by_mail_and_text(
    scene: Scene, clock: Clock
) -> None:
    await scene.book()
    clock.set("2027-03-02T13:59")
    await scene.pass_time()
    assert scene.texts() == []

    clock.set(DAY_BEFORE)
    await scene.pass_time()
    (said,) = scene.texts()
    assert said.startswith("+31612345678\nMorgen 14.00 uur: videogesprek met Coach Nummer")
    assert "Doe mee: https://tweespraak.example/j/" in said
    assert len(scene.subjects("Herinnering")) == 1

    clock.set(TWO_HOURS)
    await scene.pass_time()
    await scene.pass_time()
    assert len(scene.texts()) == 2
    assert any("Vandaag 14.00 uur" in one for one in scene.texts())
    assert len(scene.subjects("Herinnering")) == 2


async def test_many_workers_at_the_same_moment_remind_once(scene: Scene, clock: Clock) -> None:
    await scene.book()
    clock.set(DAY_BEFORE)

    await asyncio.gather(*(look(scene.parts) for _ in range(6)))
    await deliver(scene.parts)

    assert len(scene.texts()) == 1
    assert len(scene.subjects("Herinnering")) == 1


async def test_clock_that_jumps_back_reminds_nobody_again(scene: Scene, clock: Clock) -> None:
    await scene.book()
    clock.set(DAY_BEFORE)
    await scene.pass_time()

    for back in ("2027-03-02T13:00", DAY_BEFORE, "2027-03-02T14:30"):
        clock.set(back)
        await scene.pass_time()

    assert len(scene.texts()) == 1


async def test_after_a_long_stop_nothing_late_is_sent(scene: Scene, clock: Clock) -> None:
    for day in range(2, 6):
        await scene.book(f"2027-03-0{day}T14:00")
    clock.set("2027-03-05T13:50")  # the worker stood still since Monday

    await scene.pass_time()

    assert scene.texts() == []
    assert scene.subjects("Herinnering") == []


async def test_reminder_of_a_talk_that_moved_meanwhile_is_dropped(
    scene: Scene, clock: Clock
) -> None:
    meeting = await scene.book()
    clock.set(DAY_BEFORE)
    await look(scene.parts)
    await move_meeting(
        scene.parts,
        await scene.house.planner(),
        meeting,
        MoveRequest(
            starts_local=datetime.fromisoformat("2027-03-04T10:00"),
            minutes=45,
            mode=Mode.VIDEO,
            room=None,
        ),
        revision=1,
        key=uuid4().hex,
        now=clock(),
    )

    await deliver(scene.parts)

    assert scene.texts() == []
    assert scene.subjects("Herinnering") == []


@pytest.mark.parametrize("state", ["paused", "restricted", "ended"])
async def test_nobody_is_reminded_or_asked_who_wants_rest(
    scene: Scene, clock: Clock, state: str
) -> None:
    await scene.book()
    clock.set(DAY_BEFORE)
    await look(scene.parts)
    await _set_state(scene, state)
    await deliver(scene.parts)
    for moment in (TWO_HOURS, "2027-03-15T10:00", "2027-04-15T10:00"):
        clock.set(moment)
        await scene.pass_time()

    assert scene.texts() == []


async def test_cancelled_talk_is_not_reminded_of(scene: Scene, clock: Clock) -> None:
    meeting = await scene.book()
    await cancel_meeting(
        scene.parts,
        await scene.house.planner(),
        meeting,
        revision=1,
        key=uuid4().hex,
        now=clock(),
    )
    clock.set(DAY_BEFORE)

    await scene.pass_time()

    assert scene.texts() == []


async def test_talk_to_which_nobody_came_brings_kind_words_and_new_times(
    scene: Scene, clock: Clock
) -> None:
    await scene.book()
    clock.set("2027-03-03T14:06")

    await scene.pass_time()
    await scene.pass_time()

    (said,) = scene.texts()
    assert "Wij hebben u gemist. Alles goed?" in said
    assert said.count("https://") == 1
    assert len(scene.subjects("Wij hebben u gemist")) == 1


async def test_silence_is_asked_about_at_most_twice_a_week_and_by_day(
    scene: Scene, clock: Clock
) -> None:
    said: list[tuple[datetime, int]] = []
    for hour in range(0, 24 * 35, 7):  # comes by every hour of the day
        moment = clock.set("2027-03-01T00:30") + timedelta(hours=hour)
        clock.moment = moment
        before = len(scene.texts())
        await scene.pass_time()
        said += [(moment, 1)] * (len(scene.texts()) - before)

    assert said, "five weeks of silence were never asked about"
    for moment, _ in said:
        assert moment.weekday() < 5
        assert 9 <= moment.hour < 20
        week = [one for one, _ in said if timedelta(0) <= one - moment < timedelta(days=7)]
        assert len(week) <= 2
    assert all("/n/" in one for one in scene.texts())


async def test_nudge_that_waited_into_the_night_goes_the_next_working_day(
    scene: Scene, clock: Clock
) -> None:
    await _until_first_nudge(scene, clock)
    clock.set("2027-03-12T21:30")  # a Friday evening
    await deliver(scene.parts)
    assert scene.texts() == []
    clock.set("2027-03-14T12:00")
    await deliver(scene.parts)
    assert scene.texts() == []

    clock.set("2027-03-15T09:00")
    await deliver(scene.parts)

    assert len(scene.texts()) == 1


async def test_nudge_that_waits_is_withdrawn_when_the_candidate_does_something(
    scene: Scene, clock: Clock
) -> None:
    await _until_first_nudge(scene, clock)
    (nudge,) = await rows(scene.parts, "nudge")
    clock.set("2027-03-12T21:30")
    await deliver(scene.parts)
    async with scene.parts.database.write() as tx:
        await add_activity(tx, nudge["candidate_id"], "task_ticked", now=clock())

    clock.set("2027-03-15T09:00")
    await deliver(scene.parts)

    assert (scene.texts(), await rows(scene.parts, "nudge")) == ([], [])
    assert await _open_rows(scene, Kind.TEXT) == []


async def test_nudge_that_was_tried_stays_with_its_answer(scene: Scene, clock: Clock) -> None:
    await _until_first_nudge(scene, clock)
    away = replace(scene, parts=_with(scene.parts, sms_url="json://127.0.0.1:1/{phone}"))
    await deliver(away.parts)  # the gateway did not say whether it arrived
    (nudge,) = await rows(scene.parts, "nudge")
    token = scene.parts.secret.invitation_token(nudge["id"])
    await answer_nudge(scene.parts, token, NudgeAnswer.NOT_YET, now=clock.forward(minutes=1))

    clock.forward(minutes=60)
    await deliver(scene.parts)

    assert await _open_rows(scene, Kind.TEXT) == []
    (kept,) = await rows(scene.parts, "nudge")
    assert (scene.texts(), kept["answer"]) == ([], "not_yet")


async def test_text_goes_through_the_gateway_of_the_settings(scene: Scene, clock: Clock) -> None:
    taken: list[tuple[str, str]] = []

    async def take(request: web.Request) -> web.Response:
        taken.append((request.path, json.loads(await request.text())["message"]))
        return web.Response()

    app = web.Application()
    app.router.add_post("/{number}", take)
    async with TestServer(app) as server:
        address = f"json://127.0.0.1:{server.port}/{{phone}}"
        through = replace(scene, parts=_with(scene.parts, sms_url=address))
        await scene.book()
        clock.set(DAY_BEFORE)
        await through.pass_time()

    ((path, said),) = taken
    assert path == "/+31612345678"
    assert said.startswith("Morgen 14.00 uur")
    assert scene.texts() == []


async def test_gateway_that_stays_away_is_given_up_and_a_person_hears_of_it(
    scene: Scene, clock: Clock
) -> None:
    away = replace(scene, parts=_with(scene.parts, sms_url="json://127.0.0.1:1/{phone}"))
    await scene.book()
    clock.set(DAY_BEFORE)
    await look(scene.parts)
    for _ in range(MOST_ATTEMPTS + 1):
        await deliver(away.parts)
        clock.forward(minutes=20)

    assert await _open_rows(scene, Kind.TEXT) == []
    notices = await rows(scene.parts, "notice", staff_id=scene.coach.id)
    assert [one["code"] for one in notices] == ["text_failed"]
    assert len(scene.subjects("Herinnering")) == 1


def _with(parts: Parts, *, sms_url: str) -> Parts:
    return replace(parts, settings=replace(parts.settings, sms_url=sms_url))


async def _until_first_nudge(scene: Scene, clock: Clock) -> None:
    """Days go by at ten o'clock until a nudge is written; nothing is delivered yet."""
    for day in range(1, 13):
        clock.set(f"2027-03-{day:02d}T10:00")
        await look(scene.parts)
        if await _open_rows(scene, Kind.TEXT):
            return
    raise AssertionError("twelve days of silence were never asked about")


async def _open_rows(scene: Scene, kind: Kind) -> list[UUID]:
    found = await rows(scene.parts, "outbox", kind=str(kind))
    return [one["id"] for one in found if one["done_at"] is None and one["gave_up_at"] is None]


async def _set_state(scene: Scene, state: str) -> None:
    """As the planner's page will: there is no use case for it yet."""
    async with scene.parts.database.write() as tx:
        await tx.execute(sql("update trajectory set state = :state"), {"state": state})
