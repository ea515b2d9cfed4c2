"""What we wrote and a calendar never showed: named anew, told late, overwritten, taken away."""

from dataclasses import dataclass

import pytest

from calendar_sync.memory_source import MemorySource
from calendar_sync.memory_target import MemoryTarget
from calendar_sync.reading import Changes
from calendar_sync.target import Exists, Garbage, Written
from server.usecases.context import Parts
from server.usecases.proposals import settle_wishes
from server.usecases.reading_round import Round
from tests.calendar_rounds import Diary, Odd, connected, event, mirror_of
from tests.calendar_wishes import Scene
from tests.conftest import Clock
from tests.house_of_people import House
from tests.wire.worker_tools import rows

pytestmark = pytest.mark.contract


class Renaming(MemoryTarget):
    """Keeps a new event under a name of its own, says nothing of it, and finds no UID."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[str] = []

    async def create(self, href: str, ics: bytes) -> Written | Exists | Garbage:
        done = await super().create(href, ics)
        if isinstance(done, Written):
            self.written.append(f"own-{len(self.written)}.ics")
            self.objects[self.written[-1]] = self.objects.pop(href)
        return done


@dataclass(slots=True)
class Unread(Scene):
    """An appointment that was written into a calendar and not read since."""

    async def looked(self, **how: object) -> Round:
        done = await self.diary.round(**how)  # type: ignore[arg-type]  # of Diary.round
        await settle_wishes(self.parts, now=self.parts.now())
        return done

    async def named(self) -> str:
        return str((await mirror_of(self.parts, self.meeting))["href"])

    async def known(self) -> set[str]:
        return {one["href"] for one in await rows(self.parts, "remote_object")}


async def written(parts: Parts, house: House, memory: MemoryTarget) -> Unread:
    coach = await house.coach()
    trajectory = await house.acquainted(coach)
    diary: Diary = await connected(parts, coach.id)
    diary.memory, diary.source = memory, MemorySource(memory)
    diary.put("of-somebody.ics", "20270301T130000Z", "20270301T140000Z")
    await diary.round()
    booked = await house.book(trajectory, "2027-03-03T14:00")
    await diary.write()
    return Unread(parts, house, diary, coach, booked.meeting)


async def test_an_event_that_was_named_anew_and_taken_away_unread_is_missed(
    parts: Parts, house: House, clock: Clock
) -> None:
    renaming = Renaming()
    scene = await written(parts, house, renaming)
    del renaming.objects[renaming.written[-1]]
    clock.forward(minutes=13)

    done = await scene.looked()

    assert (done.kind, done.outcome) == ("full", "ok")
    assert [one[:2] for one in await scene.proposals()] == [("removed", "open")]
    assert await scene.known() == {"of-somebody.ics"}
    clock.forward(minutes=13)
    assert (await scene.looked()).requests == 1  # once, and calm again


async def test_an_event_that_was_named_anew_is_followed_and_calm(
    parts: Parts, house: House, clock: Clock
) -> None:
    scene = await written(parts, house, Renaming())

    assert (await scene.looked()).kind == "changes"

    assert await scene.named() == "own-0.ics"
    assert await scene.known() == {"of-somebody.ics", "own-0.ics"}
    clock.forward(minutes=13)
    assert (await scene.looked()).requests == 1
    assert await scene.proposals() == []


async def test_a_good_calendar_is_never_listed_for_what_we_write(
    parts: Parts, house: House, clock: Clock
) -> None:
    scene = await written(parts, house, MemoryTarget())
    for _ in range(3):
        done = await scene.looked()
        assert (done.kind, done.requests) == ("changes", 1)
        clock.forward(minutes=13)
    assert await scene.proposals() == []


async def test_a_calendar_that_tells_our_write_late_is_listed_once(
    parts: Parts, house: House, clock: Clock
) -> None:
    scene = await written(parts, house, MemoryTarget())
    row = await scene.diary.row()
    silent = Odd(
        scene.diary, changes=Changes(token=row["sync_token"], changed={}, removed=frozenset())
    )

    await scene.looked(source=silent)
    assert silent.asked == ["changes"]  # a while is given
    for _ in range(3):
        clock.forward(minutes=13)
        await scene.looked(source=silent)

    assert silent.asked.count("listing") == 1
    assert (await mirror_of(parts, scene.meeting))["state"] == "present"
    assert await scene.proposals() == []


async def test_an_event_in_whose_place_somebody_put_another_is_missed(
    parts: Parts, house: House, clock: Clock
) -> None:
    memory = MemoryTarget()
    scene = await written(parts, house, memory)
    await scene.looked()
    memory.objects[await scene.named()] = event("another", "20270303T080000Z", "20270303T090000Z")

    await scene.looked()

    assert [one[:2] for one in await scene.proposals()] == [("removed", "open")]
    assert len(await rows(parts, "busy")) == 2  # hers and the other one


async def test_an_event_that_changed_places_with_another_is_followed(
    parts: Parts, house: House, clock: Clock
) -> None:
    memory = MemoryTarget()
    scene = await written(parts, house, memory)
    await scene.looked()
    name = await scene.named()
    memory.objects["moved.ics"] = memory.objects[name]
    memory.objects[name] = event("another", "20270303T080000Z", "20270303T090000Z")

    await scene.looked()

    assert await scene.named() == "moved.ics"
    assert await scene.proposals() == []
    del memory.objects["moved.ics"]
    await scene.looked()
    assert [one[:2] for one in await scene.proposals()] == [("removed", "open")]


async def test_our_event_that_somebody_gave_another_uid_is_not_asked_about(
    parts: Parts, house: House, clock: Clock
) -> None:
    """It stands there at its time; some programs give every event a UID of their own."""
    memory = MemoryTarget()
    scene = await written(parts, house, memory)
    await scene.looked()
    name = await scene.named()
    uid = (await mirror_of(parts, scene.meeting))["uid"].encode()
    flat = memory.objects[name].replace(b"\r\n ", b"")
    memory.objects[name] = flat.replace(uid, b"of-a-program")
    assert uid not in memory.objects[name]

    await scene.looked()

    assert await scene.proposals() == []
