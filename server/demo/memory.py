"""What the demo remembers between two starts, in `demo.json` of its folder."""

import json
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from server.demo.seeding import Seeded
from server.demo.talk_now import TalkNow
from server.usecases.context import MeetingId, RoomId, StaffId, TrajectoryId


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Who was seeded, and which talk was shown last."""

    seeded: Seeded
    talk: TalkNow | None


def remember(file: Path, memory: Memory) -> None:
    """Write `memory`, whole or not at all."""
    seeded, talk = memory.seeded, memory.talk
    words = {
        "admin": str(seeded.admin),
        "planner": str(seeded.planner),
        "coaches": [str(coach) for coach in seeded.coaches],
        "trajectories": {login: str(found) for login, found in seeded.trajectories.items()},
        "rooms": [str(room) for room in seeded.rooms],
        "talk": talk
        and {"meeting": str(talk.meeting), "candidate": talk.candidate, "coach": talk.coach},
    }
    draft = file.with_suffix(".draft")
    draft.write_text(json.dumps(words, indent=1))
    draft.rename(file)


def recall(file: Path) -> Memory | None:
    """What was remembered, or None when seeding never came to its end."""
    if not file.exists():
        return None
    words = json.loads(file.read_text())
    seeded = Seeded(
        admin=StaffId(UUID(words["admin"])),
        planner=StaffId(UUID(words["planner"])),
        coaches=tuple(StaffId(UUID(coach)) for coach in words["coaches"]),
        trajectories={
            login: TrajectoryId(UUID(found)) for login, found in words["trajectories"].items()
        },
        rooms=tuple(RoomId(UUID(room)) for room in words["rooms"]),
    )
    talk = words["talk"]
    if talk is None:
        return Memory(seeded=seeded, talk=None)
    meeting = MeetingId(UUID(talk["meeting"]))
    return Memory(
        seeded=seeded,
        talk=TalkNow(meeting=meeting, candidate=talk["candidate"], coach=talk["coach"]),
    )
