"""The numbers that the organisation set reach the room, and stay with it wherever it is kept."""

import json
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

import pytest

from coaching.settings import VERSION_1, BlendSettings
from coaching.words import Role
from signaling.desk import opening_room
from signaling.messages import Admit, Leave, NotSeen, Shown
from signaling.registry import MemoryRegistry
from signaling.room import step
from signaling.room_events import (
    Effect,
    Event,
    Joined,
    JointTime,
    NoticeUnseen,
    Said,
    Send,
    Ticked,
)
from signaling.room_state import RoomState, read_state, write_state
from signaling.rooms import Rooms

pytestmark = pytest.mark.unit

MEETING, ANNA, SEM = (UUID(int=number) for number in (9, 1, 2))
READY = Shown(live=True, verdict=None, camera=True, microphone=True)
CHANGED = replace(
    VERSION_1,
    version=2,
    banner_seconds=10,
    question_seconds=20,
    unseen_seconds=40,
    online_seen_percent=0,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """The coach's way into a talk under some version of the numbers."""

    settings: BlendSettings
    meeting: UUID = MEETING
    role: Role = Role.COACH
    person: UUID = ANNA
    name: str = "Anna"
    device: UUID = field(default_factory=uuid4)
    other_person: UUID = SEM
    other_name: str = "Sem"
    candidate_phone: str = ""
    relay_only: bool = False
    camera_waiver: bool = False


def joined(role: Role) -> Joined:
    person = str(ANNA if role is Role.COACH else SEM)
    return Joined(connection=role, role=role, person=person, name=role, device=role, shown=READY)


class Talk:
    """A talk that goes through text between any two steps, as Redis and the database keep it."""

    def __init__(self, settings: BlendSettings) -> None:
        self.state: RoomState = opening_room(Ticket(settings=settings))
        self.now = 1_800_000_000.0
        self.effects: list[Effect] = []
        self.do(joined(Role.CANDIDATE), joined(Role.COACH))
        self.do(Said(connection="coach", message=Admit()))

    def do(self, *events: Event, after: float = 0.0) -> None:
        self.now += after
        for event in events:
            self.state, effects = step(self.state, event, self.now)
            self.state = read_state(json.loads(json.dumps(write_state(self.state))))
            self.effects += effects

    def unseen(self) -> list[int]:
        """The seconds of each banner that the coach was shown."""
        sent = [one for one in self.effects if isinstance(one, Send) and one.connection == "coach"]
        return sorted({m.seconds for one in sent if isinstance(m := one.message, NotSeen)})


@pytest.mark.parametrize(
    ("settings", "banners", "fails"),
    [(VERSION_1, [30], 0), (CHANGED, [10, 20, 40], 2)],
)
def test_banner_question_and_end_come_at_the_numbers_of_the_room(
    settings: BlendSettings, banners: list[int], fails: int
) -> None:
    talk = Talk(settings)

    for _ in range(45):
        talk.do(Ticked(), after=1)

    assert talk.unseen() == banners
    assert sum(isinstance(one, NoticeUnseen) for one in talk.effects) == fails


@pytest.mark.parametrize(("settings", "online"), [(VERSION_1, False), (CHANGED, True)])
def test_share_seen_is_that_of_the_room(settings: BlendSettings, *, online: bool) -> None:
    talk = Talk(settings)

    talk.do(Said(connection="coach", message=Leave()), after=60)

    (told,) = [one for one in talk.effects if isinstance(one, JointTime) and one.over]
    assert told.online is online


async def _nothing(_state: RoomState, _effects: tuple[Effect, ...], _now: float) -> None:
    return


def _rooms(registry: MemoryRegistry) -> Rooms:
    return Rooms(
        registry,
        process="here",
        clock=lambda: 1_800_000_000.0,
        carry_out=_nothing,
        has_page=lambda _: True,
    )


async def test_room_keeps_its_numbers_while_people_sit_and_takes_new_ones_at_rest() -> None:
    rooms = _rooms(MemoryRegistry())
    meeting = str(MEETING)

    def numbers() -> int:
        state = rooms.state(meeting)
        assert state is not None
        return state.settings.banner_seconds

    await rooms.apply(meeting, joined(Role.COACH), Ticket(settings=CHANGED))
    assert numbers() == 10
    later = Ticket(settings=replace(CHANGED, banner_seconds=15))
    await rooms.apply(meeting, joined(Role.CANDIDATE), later)
    assert numbers() == 10
    for connection in ("coach", "candidate"):
        await rooms.apply(meeting, Said(connection=connection, message=Leave()))
    await rooms.apply(meeting, joined(Role.COACH), later)
    assert numbers() == 15
