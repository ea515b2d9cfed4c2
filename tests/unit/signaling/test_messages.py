"""Every sample of the wire is read and written the same way on both sides."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from coaching.words import Role
from signaling import messages
from signaling.grammar import BadMessage, parse
from signaling.messages import FromBrowser, ToBrowser, encode

pytestmark = pytest.mark.unit

SAMPLES = Path(__file__).parents[2] / "data" / "wire"


def samples(name: str) -> list[dict[str, Any]]:
    return json.loads((SAMPLES / f"{name}.json").read_text())


def build(sample: dict[str, Any]) -> ToBrowser:
    """The message of a sample: the class of its type, its parts as classes."""
    body = dict(sample)
    kind = next(k for k in ToBrowser.__args__ if body["type"] == k.TYPE)
    del body["type"]
    if "from" in body:
        body["from_"] = Role(body.pop("from"))
    if "other" in body:
        body["other"] = messages.OtherSide(**body["other"])
    for name in {"description", "candidate"} & body.keys():
        body[name] = messages.Checked(json.dumps(body[name]))
    if "ice_servers" in body:
        body["ice_servers"] = tuple(
            messages.IceServer(**{**s, "urls": tuple(s["urls"])}) for s in body["ice_servers"]
        )
    return kind(**body)


@pytest.mark.parametrize("sample", samples("from_browser"), ids=lambda s: s["name"])
@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")], ids=["plain", "spaced"])
def test_parse_reads_every_sample_with_each_field(
    sample: dict[str, Any], separators: tuple[str, str]
) -> None:
    message = parse(json.dumps(sample["message"], separators=separators))

    fields = {name: getattr(message, name) for name in message.__slots__}
    for name in {"description", "candidate"} & fields.keys():
        fields[name] = json.loads(fields[name])
    shown = fields.pop("shown", None)
    if shown is not None:
        fields |= {name: getattr(shown, name) for name in shown.__slots__}
    assert {"type": message.TYPE, **fields} == sample["message"]


@pytest.mark.parametrize("sample", samples("to_browser"), ids=lambda s: s["name"])
def test_encode_writes_every_sample_to_the_browser(sample: dict[str, Any]) -> None:
    assert json.loads(encode(build(sample["message"]))) == sample["message"]


def test_samples_name_every_message_of_both_directions() -> None:
    for name, union in (("from_browser", FromBrowser), ("to_browser", ToBrowser)):
        shown = {sample["message"]["type"] for sample in samples(name)}

        assert shown == {kind.TYPE for kind in union.__args__}


@pytest.mark.parametrize("sample", samples("bad"), ids=lambda s: s["name"])
def test_parse_refuses_every_bad_sample_with_its_code(sample: dict[str, str]) -> None:
    with pytest.raises(BadMessage) as refused:
        parse(sample["frame"])

    assert refused.value.code == sample["code"]


@pytest.mark.parametrize(
    "frame",
    [
        "[" * 65_000,
        '{"a":' * 13_000,
        '{"type":"hello","ticket":"' + "a" * 65_536 + '"}',
        '{"type":"ping","n":' + "9" * 60_000 + "}",
        '{"type":"leave",' + ",".join(f'"{i}":1' for i in range(6_000)) + "}",
        json.dumps({"type": "description", "epoch": 1,
                    "description": {"type": "offer", "sdp": "v=0\r\n" + "m=" * 30_000}}),
        json.dumps({"type": "description", "epoch": 1,
                    "description": {"type": "offer", "sdp": "v=0\r\n" + "a=setup:\r\n" * 5_000}}),
    ],
    ids=["brackets", "objects", "long_text", "long_number", "keys", "sdp_one_line", "sdp_lines"],
)  # fmt: skip
def test_parse_refuses_a_large_hostile_frame_quickly(frame: str) -> None:
    spent = []  # seconds of the processor; what else the process did is in one of them, not in all
    for _ in range(3):
        began = time.process_time()
        with pytest.raises(BadMessage):
            parse(frame)
        spent.append(time.process_time() - began)

    assert min(spent) < 0.1, spent
