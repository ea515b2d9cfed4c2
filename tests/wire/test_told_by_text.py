"""Somebody with a phone and no e-mail hears of an appointment by text, once, and not at night."""

from dataclasses import dataclass
from datetime import date, datetime

import pytest

from coaching.words import Language, MeetingKind, Mode, Skill, SkillSource
from server.usecases.attention import TodoCode, attention
from server.usecases.booking import MoveRequest, cancel_meeting, move_meeting
from server.usecases.channels import Channel
from server.usecases.context import MeetingId, Parts, StaffId, TrajectoryId
from server.usecases.handing_over import hand_over
from server.usecases.own_reminders import choose_reminders
from server.usecases.people import NewCandidate, add_candidate
from server.usecases.planning import PlanLine, book_plan
from tests.conftest import Clock
from tests.house_of_people import House
from tests.visitor import link_of
from tests.wire.worker_tools import deliver, with_servers

pytestmark = pytest.mark.wire


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A candidate with a phone and no e-mail, who met the coach."""

    house: House
    trajectory: TrajectoryId

    @property
    def parts(self) -> Parts:
        return self.house.parts

    async def book(self, starts: str = "2027-03-10T14:00") -> MeetingId:
        return (await self.house.book(self.trajectory, starts, mode=Mode.PHONE)).meeting

    async def move(self, talk: MeetingId, starts: str) -> None:
        """Move a talk that was not moved before."""
        await move_meeting(
            self.parts,
            await self.house.planner(),
            talk,
            MoveRequest(
                starts_local=datetime.fromisoformat(starts),
                minutes=45,
                mode=Mode.PHONE,
                room=None,
            ),
            revision=1,
            key="m",
            now=self.parts.now(),
        )

    async def texts(self) -> list[str]:
        """What was sent so far, without the number, after all that is due went."""
        await deliver(self.parts)
        files = sorted(self.parts.settings.data_dir.glob("texts/*.txt"))
        return [one.read_text("utf-8").partition("\n")[2].strip() for one in files]


@pytest.fixture
async def scene(sqlite_parts: Parts, clock: Clock) -> Scene:
    house = House(with_servers(sqlite_parts))
    new = NewCandidate(
        name="Gerrit van den Berg",
        email="",
        phone="06 12 34 56 78",
        language=Language.NL,
        skill=Skill.NONE,
        skill_source=SkillSource.INTAKE,
        skill_since=date(2020, 1, 1),
    )
    planner, now = await house.planner(), clock()
    person = await add_candidate(house.parts, planner, new, key="g", now=now)
    trajectory = await house.acquainted(await house.coach(name="Anna Bos"), person)
    await deliver(house.parts)
    for old in house.parts.settings.data_dir.glob("texts/*.txt"):
        old.unlink()
    return Scene(house=house, trajectory=trajectory)


async def test_booked_changed_and_called_off_are_told_once_each(scene: Scene, clock: Clock) -> None:
    talk = await scene.book()
    (said,) = await scene.texts()
    assert said.startswith("Uw afspraak. Woensdag 10 maart 14.00 uur: ")
    assert "https://tweespraak.example/j/" in said
    assert await scene.texts() == [said]

    clock.forward(minutes=1)
    await scene.move(talk, "2027-03-11T10:00")
    (changed,) = set(await scene.texts()) - {said}
    assert changed.startswith("Uw afspraak is veranderd. Donderdag 11 maart 10.00 uur: ")

    clock.forward(minutes=1)
    planner = await scene.house.planner()
    await cancel_meeting(scene.parts, planner, talk, revision=2, key="c", now=clock())
    (gone,) = set(await scene.texts()) - {said, changed}
    assert gone.startswith("Donderdag 11 maart 10.00 uur: uw afspraak gaat niet door.")
    assert "/j/" not in gone


async def test_a_letter_is_asked_for_all_the_same(scene: Scene, clock: Clock) -> None:
    await scene.book()

    codes = [
        one.code for one in await attention(scene.parts, await scene.house.planner(), now=clock())
    ]

    assert TodoCode.LETTER in codes


async def test_at_night_it_waits_and_a_move_meanwhile_is_told_as_the_first_word(
    scene: Scene, clock: Clock
) -> None:
    clock.set("2027-03-01T21:30")
    talk = await scene.book()
    assert await scene.texts() == []
    clock.forward(minutes=5)
    await scene.move(talk, "2027-03-12T10:00")

    assert await scene.texts() == []
    clock.set("2027-03-02T08:59")
    assert await scene.texts() == []
    clock.set("2027-03-02T09:00")
    (said,) = await scene.texts()
    assert said.startswith("Uw afspraak. Vrijdag 12 maart 10.00 uur: ")


async def test_of_an_appointment_that_came_and_went_in_one_night_nothing_is_said(
    scene: Scene, clock: Clock
) -> None:
    clock.set("2027-03-01T21:30")
    talk = await scene.book()
    clock.forward(minutes=5)
    planner = await scene.house.planner()
    await cancel_meeting(scene.parts, planner, talk, revision=1, key="c", now=clock())
    clock.set("2027-03-02T09:00")

    assert await scene.texts() == []


async def test_what_would_come_too_late_in_the_morning_goes_at_night(
    scene: Scene, clock: Clock
) -> None:
    clock.set("2027-03-01T21:30")
    await scene.book("2027-03-02T08:30")

    (said,) = await scene.texts()

    assert said.startswith("Uw afspraak. Morgen 08.30 uur: ")


async def test_a_plan_is_one_text_that_says_how_many_there_are(scene: Scene, clock: Clock) -> None:
    lines = [
        PlanLine(
            kind=MeetingKind.PROGRESS,
            mode=Mode.PHONE,
            starts_local=datetime.fromisoformat(f"2027-03-{day}T14:00"),
            minutes=45,
            room=None,
        )
        for day in (24, 10, 17)
    ]
    planner = await scene.house.planner()
    await book_plan(scene.parts, planner, scene.trajectory, lines, key="p", now=clock())

    (said,) = await scene.texts()

    assert said.startswith("Uw afspraak. Woensdag 10 maart 14.00 uur: ")
    assert "Er zijn nog 2 afspraken" in said


async def test_a_hand_over_is_one_text_that_says_how_many_changed(
    scene: Scene, clock: Clock
) -> None:
    for day in (10, 17):
        clock.forward(minutes=1)
        await scene.book(f"2027-03-{day}T14:00")
    before = set(await scene.texts())
    after, planner = await scene.house.coach(name="Bram Bakker"), await scene.house.planner()
    clock.forward(minutes=1)
    await hand_over(scene.parts, planner, scene.trajectory, StaffId(after.id), key="h", now=clock())

    (said,) = set(await scene.texts()) - before

    assert said.startswith("Uw afspraak is veranderd. Woensdag 10 maart 14.00 uur: ")
    assert "Bram Bakker" in said
    assert "Ook 1 andere afspraak is veranderd." in said


async def test_who_wants_no_reminders_hears_of_an_appointment_as_was_promised(
    scene: Scene, clock: Clock
) -> None:
    first = await scene.book()
    (said,) = await scene.texts()
    await choose_reminders(scene.parts, await link_of(scene.parts, first), Channel.NONE)

    clock.forward(minutes=1)
    await scene.book("2027-03-17T14:00")

    (other,) = set(await scene.texts()) - {said}
    assert other.startswith("Uw afspraak. Woensdag 17 maart")
