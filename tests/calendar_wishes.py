"""What tests of changes in calendars share: one appointment in a calendar, and what people do."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from coaching.words import Mode
from server.usecases.answering import ProposalId
from server.usecases.attention import attention
from server.usecases.booking import MoveRequest, move_meeting
from server.usecases.context import MeetingId, Parts, StaffActor
from server.usecases.proposals import settle_wishes
from tests.calendar_rounds import Diary, connected, utc
from tests.house_of_people import House
from tests.wire.worker_tools import event_in, rows

WEDNESDAY = (utc(2027, 3, 3, 13), utc(2027, 3, 3, 13, 45))  # 14.00 to 14.45 in Amsterdam
HOUR = timedelta(hours=1)


@dataclass(slots=True)
class Scene:
    """A coach with a calendar, in which one appointment stands."""

    parts: Parts
    house: House
    diary: Diary
    coach: StaffActor
    meeting: MeetingId

    async def sync(self) -> None:
        """A visit: write what waits, read, decide; and once more what that brought about."""
        for _ in range(2):
            await self.diary.write()
            await self.diary.round()
            await settle_wishes(self.parts, now=self.parts.now())
        await self.diary.write()

    def standing(self) -> list[tuple[datetime, datetime]]:
        found = [event_in(ics) for ics in self.diary.memory.objects.values()]
        return [
            (one.start, one.end) for one in found if str(one["UID"]).startswith(str(self.meeting))
        ]

    def edit(self, change: Callable[[bytes], bytes]) -> None:
        (name,) = self._names()
        ics = self.diary.memory.objects[name]
        self.diary.memory.objects[name] = change(ics.replace(b"\r\n ", b""))

    def move(self, *starts: int, minutes: int = 45) -> None:
        """What a person does by dragging: other times, everything else as it was."""
        begins = utc(*starts)
        ends = begins + timedelta(minutes=minutes)
        self.edit(
            lambda ics: with_times(ics, f":{begins:%Y%m%dT%H%M%SZ}", f":{ends:%Y%m%dT%H%M%SZ}")
        )

    def take_away(self) -> None:
        (name,) = self._names()
        del self.diary.memory.objects[name]

    def _names(self) -> list[str]:
        return [name for name in self.diary.memory.objects if name.startswith(str(self.meeting))]

    async def row(self) -> dict[str, Any]:
        (found,) = await rows(self.parts, "meeting", id=self.meeting)
        return found

    async def proposals(self) -> list[tuple[str, str, str]]:
        found = await rows(self.parts, "proposal", meeting_id=self.meeting)
        return [
            (one["kind"], one["state"], one["why"]) for one in sorted(found, key=lambda o: o["at"])
        ]

    async def open(self) -> ProposalId:
        (found,) = await rows(self.parts, "proposal", meeting_id=self.meeting, state="open")
        return ProposalId(found["id"])

    async def mails(self) -> list[str]:
        found = await rows(self.parts, "outbox", kind="mail", subject=f"meeting:{self.meeting}")
        return [one["payload"]["template"] for one in sorted(found, key=lambda o: o["seq"])]

    async def notices(self) -> list[str]:
        found = await rows(self.parts, "notice", staff_id=self.coach.id)
        return [one["code"] for one in sorted(found, key=lambda o: o["at"])]

    async def lines(self) -> list[str]:
        """The open lines of "vraagt aandacht" about changes in calendars."""
        found = await attention(self.parts, await self.house.planner(), now=self.parts.now())
        return [one.href for one in found if one.code == "calendar_changed"]

    async def answer(self, use_case: Any, *, by: StaffActor | None = None, key: str = "") -> None:  # noqa: ANN401 -- one of three
        await use_case(
            self.parts,
            by or await self.house.planner(),
            await self.open(),
            revision=(await self.row())["revision"],
            key=key or uuid4().hex,
            now=self.parts.now(),
        )


def with_times(ics: bytes, start: str, end: str) -> bytes:
    lines = ics.decode().split("\r\n")
    inside = lines.index("BEGIN:VEVENT")
    for number, line in enumerate(lines[inside:], inside):
        if line.startswith("DTSTART"):
            lines[number] = f"DTSTART{start}"
        if line.startswith("DTEND"):
            lines[number] = f"DTEND{end}"
    return "\r\n".join(lines).encode()


async def scene_with(parts: Parts, house: House, *, acquainted: bool = True, **asked: Any) -> Scene:  # noqa: ANN401 -- of House.book
    coach = await house.coach()
    trajectory = await (house.acquainted(coach) if acquainted else house.trajectory(coach))
    diary = await connected(parts, coach.id)
    booked = await house.book(trajectory, "2027-03-03T14:00", **asked)
    scene = Scene(parts, house, diary, coach, booked.meeting)
    await scene.sync()
    assert scene.standing() == [WEDNESDAY]
    return scene


async def move_here(scene: Scene, starts: str) -> None:
    row = await scene.row()
    await move_meeting(
        scene.parts,
        await scene.house.planner(),
        scene.meeting,
        MoveRequest(
            starts_local=datetime.fromisoformat(starts),
            minutes=45,
            mode=Mode(row["mode"]),
            room=row["room_id"],
        ),
        revision=row["revision"],
        key=uuid4().hex,
        now=scene.parts.now(),
    )


def without_zone(ics: bytes) -> bytes:
    head, _, rest = ics.partition(b"BEGIN:VTIMEZONE")
    return head + rest.partition(b"END:VTIMEZONE\r\n")[2] if rest else ics
