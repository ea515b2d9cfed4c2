"""The machine of a shared calendar in which people also move and remove our own events.

Two humans, one Tweespraak, one server that fails. What the house made of their wishes is read from
its tables; a planner keeps ours in the end. At no step may a meeting stand there twice, no change
may cost more than one mail, and once everything is answered the calendar says what the house says.
"""

from datetime import datetime, timedelta
from uuid import uuid4

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from server.usecases.answering import ProposalId, keep_ours
from tests.calendar_life import GOES_AT_ONCE, Life
from tests.calendar_machine import FLAPS, CalendarMachine
from tests.calendar_wishes import with_times
from tests.stand_in.quirks import Flap
from tests.wire.worker_tools import rows

_SEEDS = st.integers(0, 2**20)
_LASTS = timedelta(minutes=45)


class WishingMachine(CalendarMachine):
    """The same, and nobody keeps to what is theirs."""

    @rule(seed=_SEEDS, who=st.sampled_from(("planner", "person 1", "person 2")))
    def somebody_acts(self, seed: int, who: str) -> None:
        """As before; the planner first looks how things are."""
        if who == "planner":
            self.shared.runner.run(learn(self.life))
        self._step(who)
        self.life.random.seed(seed)
        if who == "planner":
            self.shared.runner.run(self.life.plan())
        else:
            self.life.person_acts(int(who[-1]))

    @initialize()
    def there_are_appointments(self) -> None:
        """A calendar that nothing of ours stands in would have nothing to wish about."""
        self._removed = self._untold = 0
        self.life._write("person-3-always.ics")  # an empty calendar is a case of its own
        for talk in self.life.talks[: len(self.life.talks) // 2]:
            self.shared.runner.run(self.life.book(talk))
        self.shared.runner.run(self.life.flap())

    @rule(seeds=st.lists(_SEEDS, min_size=1, max_size=3))
    def somebody_moves(self, seeds: list[int]) -> None:
        """A person moves some of ours that stand there."""
        self._wish("move", seeds)

    @rule(seeds=st.lists(_SEEDS, min_size=1, max_size=2))
    def somebody_removes(self, seeds: list[int]) -> None:
        """A person takes some of ours away."""
        self._wish("remove", seeds)

    @rule(seed=_SEEDS)
    def somebody_gives_another_name(self, seed: int) -> None:
        """A person's program writes one of ours under a name of its own."""
        self._wish("rename", [seed])

    @rule(seed=_SEEDS)
    def somebody_removes_and_restores(self, seed: int) -> None:
        """A person takes one of ours away and puts it back, before anybody looked."""
        self._wish("restore", [seed])

    @rule(seed=_SEEDS)
    def somebody_cancels(self, seed: int) -> None:
        """A person marks one of ours as cancelled."""
        self._wish("cancel", [seed])

    def _wish(self, act: str, seeds: list[int]) -> None:
        for seed in seeds:
            self.life.random.seed(seed)
            if act == "remove" and self._removed + self._untold >= GOES_AT_ONCE:
                return
            if wish(self.life, act):
                self._removed += act == "remove"
                self._step(f"somebody would {act}")

    @rule(flaps=st.lists(st.sampled_from(FLAPS), max_size=3))
    def house_looks(self, flaps: list[Flap]) -> None:
        """As before, and what the house decided is learned."""
        self._step("round with flaps" if flaps else "round")
        self.shared.flaps += self.shared.runner.run(self.life.flap(*flaps))
        self.shared.runner.run(learn(self.life))
        if self.shared.runner.run(was_read(self.life)):
            self._untold = self._removed if self._late else 0
            self._removed = 0

    def teardown(self) -> None:
        self.shared.runner.run(self._answered())
        super().teardown()

    @property
    def _late(self) -> bool:
        """Whether what changed is told only when it is asked for once more."""
        return self.life.calendar.server.quirks.late

    async def _answered(self) -> None:
        """Calm rounds that tell what was wished last, and an answer to everything that waits."""
        for _ in range(1 + self._late):
            self.life.clock.forward(minutes=16)
            await self.life.sync()
        for found in await rows(self.life.parts, "proposal", state="open"):
            (meeting,) = await rows(self.life.parts, "meeting", id=found["meeting_id"])
            self._step("kept")
            await keep_ours(
                self.life.parts,
                await self.life.house.planner(),
                ProposalId(found["id"]),
                revision=meeting["revision"],
                key=uuid4().hex,
                now=self.life.parts.now(),
            )
        assert await rows(self.life.parts, "proposal", state="new") == []
        await learn(self.life)


async def was_read(life: Life) -> bool:
    """Whether the newest round was one; what went before it is known, and no more goes at once."""
    (row,) = await rows(life.parts, "calendar_connection", id=life.connection)
    return row["read_at"] is not None and row["read_attempts"] == 0


async def learn(life: Life) -> None:
    """Look at what the house made of it: times and revisions, as a planner sees them."""
    for talk in life.talks:
        if talk.meeting is None:
            continue
        (row,) = await rows(life.parts, "meeting", id=talk.meeting)
        starts = datetime.fromisoformat(row["local_start"])
        talk.starts, talk.revision = starts, row["revision"]


def wish(life: Life, act: str) -> bool:
    """Do this to one of our events that stand there; False when none does."""
    there = [
        (talk, name, data)
        for talk in life.talks
        if talk.starts and talk.meeting
        for name, data in life._objects_of(talk.meeting).items()
    ]
    if not there:
        return False
    talk, name, data = life.random.choice(there)
    diary = life.calendar.server.diary
    if act == "remove":
        talk.note = ""  # it went with the event
        diary.remove(name)
    elif act == "cancel":
        diary.put(name, data.replace(b"STATUS:CONFIRMED", b"STATUS:CANCELLED"))
    elif act == "restore":
        diary.remove(name)
        diary.put(name, data)
    elif act == "rename":
        diary.remove(name)
        diary.put(f"of-a-program-{life.random.randrange(10**9)}.ics", data)
    else:
        starts = life._free_slot()
        zone = ";TZID=Europe/Amsterdam"
        ends = starts + _LASTS
        moved = with_times(data, f"{zone}:{starts:%Y%m%dT%H%M%S}", f"{zone}:{ends:%Y%m%dT%H%M%S}")
        life.mails_allowed += 1
        diary.put(name, moved)
    return True
