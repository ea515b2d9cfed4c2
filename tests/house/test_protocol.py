"""The tables and numbers of docs/signaling-protocol.md are those of the program."""

import ast
import re
from pathlib import Path

import pytest
from aiohttp import WSCloseCode

from signaling.connection import _MOST_MALFORMED, HEARTBEAT_SECONDS, PONG_SECONDS
from signaling.door import HELLO_SECONDS
from signaling.grammar import MAX_FRAME
from signaling.limits import BURST, IN_ALL, PER_ADDRESS, PER_PERSON_AND_ROOM, PER_SECOND
from signaling.outgoing import MOST_WAITING
from signaling.seating import AWAY_SECONDS
from signaling.states import (
    ROOM_TABLE,
    SEAT_TABLE,
    Answer,
    Phase,
    RoomEvent,
    SeatEvent,
    SeatStatus,
)

pytestmark = pytest.mark.house
ROOT = Path(__file__).resolve().parents[2]
PROTOCOL = (ROOT / "docs" / "signaling-protocol.md").read_text(encoding="utf-8")
SEAT_COLUMNS = {
    "join (same person, first)": SeatEvent.JOIN,
    "join (same device)": SeatEvent.JOIN_SAME_DEVICE,
    "join (other device)": SeatEvent.JOIN_OTHER_DEVICE,
    "take_over": SeatEvent.TAKE_OVER,
    "socket lost": SeatEvent.LOST,
    "resume": SeatEvent.RESUME,
    f"{AWAY_SECONDS:.0f} s away": SeatEvent.AWAY_TOO_LONG,
    "leave": SeatEvent.LEAVE,
}
ROOM_COLUMNS = {
    "candidate seated": RoomEvent.SEATED,
    "on another device than the talk": RoomEvent.STRANGE_DEVICE,
    "coach seated": RoomEvent.SEATED,
    "admit (both cameras live)": RoomEvent.ADMIT,
    "page of an admitted seat joins anew": RoomEvent.SEATED,
    "restart": RoomEvent.RESTART,
    "somebody leaves": None,  # moves a seat; the room only when both are empty then
    "both empty": RoomEvent.BOTH_EMPTY,
}
NOTHING = ("–", "refused", "no effect")
# A close that the reader of aiohttp decides on: bad frames, bad text, too large.
OF_THE_READER = {WSCloseCode.PROTOCOL_ERROR, WSCloseCode.INVALID_TEXT, WSCloseCode.MESSAGE_TOO_BIG}
NEVER_SENT = 1006  # RFC 6455, 7.4.1


def table(heading: str) -> list[list[str]]:
    """The cells of the first table after a heading, its own head first."""
    lines = PROTOCOL.partition(f"\n{heading}")[2].splitlines()
    first = next(n for n, line in enumerate(lines) if line.startswith("|"))
    rows = []
    for line in lines[first:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return [rows[0], *rows[2:]]


def next_seat(status: SeatStatus, cell: str) -> tuple[SeatStatus, Answer] | None:
    if cell == "–":
        return None
    if cell.startswith("refused"):
        return status, Answer.REFUSE
    if "*asked*" in cell:
        return status, Answer.ASK
    after = SeatStatus(re.search(r"→ `(\w+)`", cell)[1])  # type: ignore[index]  # no match: a bad cell
    answers = {
        SeatStatus.HELD: Answer.SIT,
        SeatStatus.AWAY: Answer.KEEP,
        SeatStatus.EMPTY: Answer.FREE,
    }
    return after, answers[after]


def next_phase(phase: Phase, cell: str) -> Phase | None:
    if cell in NOTHING:
        return None
    moved = re.search(r"(?:→|opens again as) `(\w+)`", cell)
    return Phase(moved[1]) if moved else phase


def test_seat_table_of_the_document_is_that_of_the_program() -> None:
    (_, *heads), *rows = table("### 4.1")
    told = {}
    for first, *cells in rows:
        status = SeatStatus(first.strip("`"))
        for head, cell in zip(heads, cells, strict=True):
            if (after := next_seat(status, cell)) is not None:
                told[status, SEAT_COLUMNS[head]] = after

    assert heads == list(SEAT_COLUMNS)
    assert told == dict(SEAT_TABLE)


def test_room_table_of_the_document_is_that_of_the_program() -> None:
    (_, *heads), *rows = table("### 4.2")
    told = {}
    for first, *cells in rows:
        phase = Phase(first.strip("`"))
        for head, cell in zip(heads, cells, strict=True):
            event, after = ROOM_COLUMNS[head], next_phase(phase, cell)
            if event is not None and after is not None:
                assert told.setdefault((phase, event), after) is after

    assert heads == list(ROOM_COLUMNS)
    assert told == dict(ROOM_TABLE)


def test_every_close_code_of_the_program_is_told_with_what_the_page_does() -> None:
    _, *rows = table("## 6")
    told = {int(code): does for code, _, does in rows}
    used = set(OF_THE_READER)
    for path in (ROOT / "signaling").glob("*.py"):
        used |= {
            node.value
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Constant) and type(node.value) is int and closes(node.value)
        }
    ladder = (ROOT / "web" / "src" / "wire" / "ladder.ts").read_text(encoding="utf-8")
    special = {int(code) for code in re.findall(r"case (\d+):", ladder)}

    assert set(told) == used - {NEVER_SENT}
    assert {code for code, does in told.items() if not does.startswith("resumes")} == special


def closes(number: int) -> bool:
    return 1000 <= number <= 1015 or 4400 <= number <= 4499


def test_limits_of_the_document_are_those_of_the_program() -> None:
    told = " ".join(PROTOCOL.split())

    assert (
        f"Hello within {HELLO_SECONDS:.0f} s; {BURST:.0f} messages at once and {PER_SECOND:.0f} a "
        f"second after that; {_MOST_MALFORMED} malformed messages; {MOST_WAITING} messages queued "
        f"to a slow reader; a ping after {HEARTBEAT_SECONDS:.0f} s of silence, cut after "
        f"{PONG_SECONDS:.0f} s more; at most {PER_PERSON_AND_ROOM} sockets a person and room, "
        f"{PER_ADDRESS} an address (an IPv6 /64 counts as one), {IN_ALL:,} in all."
    ) in told
    assert f"| 1009 | frame over {MAX_FRAME // 1024} KiB |" in PROTOCOL
