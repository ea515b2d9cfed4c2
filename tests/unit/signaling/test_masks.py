"""Each frame is looked at, however the network cuts what a browser sends into pieces."""

import random
from itertools import pairwise

import pytest

from signaling.masks import Masks
from tests.wire.hostile_frames import frame

pytestmark = pytest.mark.unit

SIZES = (0, 1, 125, 126, 300, 65_535, 65_536)


def pieces(sent: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cuts), len(sent)]
    return [sent[a:b] for a, b in pairwise(edges)]


def passes(sent: bytes, cuts: list[int]) -> bool:
    masks = Masks()
    return all(masks.good(piece) for piece in pieces(sent, cuts))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("bare", [None, 0, 1, 2])
def test_frame_that_is_not_masked_is_found_wherever_it_stands(size: int, bare: int | None) -> None:
    chance = random.Random(size)  # noqa: S311 -- the same pieces each time
    mask = b"\x91\x00\xff\x7e"  # looks like the head of a frame itself
    frames = [frame(b"\x01" * size, mask=None if n == bare else mask) for n in range(3)]
    sent = b"".join(frames)
    heads = [at + n for at in (0, len(frames[0]), len(sent)) for n in range(15)]
    near = [at for at in heads if at < len(sent)]

    for cuts in ([], near, *([chance.randrange(len(sent)) for _ in range(4)] for _ in range(20))):
        assert passes(sent, cuts) == (bare is None), cuts


def test_frame_that_never_ends_is_followed_no_further_than_it_came() -> None:
    masks = Masks()

    assert masks.good(b"\x81\xff" + b"\xff" * 8)
    assert masks.good(bytes(100_000))
    assert not Masks().good(b"\x81\x00")
    assert Masks().good(b"\x81")
