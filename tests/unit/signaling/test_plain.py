"""The short way of plain frames lets nothing through that the long way refuses."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from signaling.grammar import BadMessage, parse
from signaling.messages import Candidate, Description
from signaling.plain import passed_on, plain_epoch

pytestmark = pytest.mark.unit

SAMPLES = Path(__file__).parents[2] / "data" / "wire"
GOOD = json.loads((SAMPLES / "from_browser.json").read_text())
BAD = json.loads((SAMPLES / "bad.json").read_text())


def stringify(value: Any) -> str:  # noqa: ANN401 -- any JSON value
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


RELAYED = [
    stringify(sample["message"])
    for sample in GOOD
    if sample["message"]["type"] in ("candidate", "description")
]


@pytest.mark.parametrize("frame", RELAYED)
def test_frames_as_browsers_write_them_are_plain_and_go_on_with_a_stamp(frame: str) -> None:
    assert plain_epoch(frame) == 1
    assert json.loads(passed_on(frame, "coach")) == {**json.loads(frame), "from": "coach"}


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad["name"])
def test_bad_frames_are_not_plain_in_any_spelling(bad: dict[str, str]) -> None:
    assert plain_epoch(bad["frame"]) is None
    try:
        compact = stringify(json.loads(bad["frame"]))
    except (ValueError, RecursionError):
        return
    if not bad["name"].startswith("duplicate"):
        assert plain_epoch(compact) is None


def test_every_mutation_that_is_still_plain_is_also_good_the_long_way() -> None:
    seed = 20270301
    chance = random.Random(seed)  # noqa: S311 -- a seed that can be repeated
    still_plain = 0
    for _ in range(20_000):
        frame = _mutated(chance, chance.choice(RELAYED))
        epoch = plain_epoch(frame)
        if epoch is not None:
            still_plain += 1
            message = _long_way(frame)
            assert isinstance(message, Candidate | Description), frame
            assert message.epoch == epoch
            json.loads(passed_on(frame, "candidate"))
    assert still_plain > 1_000, still_plain


def _long_way(frame: str) -> object:
    try:
        return parse(frame)
    except BadMessage as refused:
        return refused.code


def _mutated(chance: random.Random, frame: str) -> str:
    at = chance.randrange(len(frame))
    odd = chance.choice(
        ['"', "\\", "\n", "\r", "\\r\\n", "\0", "é", "\u2028", "0", "9", " ", ":", "}", "m=audio",
         "\\r\\na=crypto:1", "\\r\\na=setup:holdconn", "\\n", "\\u0000", "٣", ".", "a", "A", "-"]
    )  # fmt: skip
    match chance.randrange(3):
        case 0:
            return frame[:at] + odd + frame[at:]
        case 1:
            return frame[:at] + odd + frame[at + len(odd) :]
        case _:
            return frame[:at] + frame[at + chance.randrange(1, 4) :]
