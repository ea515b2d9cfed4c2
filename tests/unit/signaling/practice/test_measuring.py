"""Counting packets, looking at small pictures, the channel, the queue."""

from fractions import Fraction
from pathlib import Path

import av
import pytest

from signaling.practice import channel
from signaling.practice.cues import read_cues
from signaling.practice.film_file import DEFAULT, BadFilm, read_film
from signaling.practice.looking import KeyPicture, decode, judge
from signaling.practice.measuring import Meter, Picture
from signaling.practice.queue import Line

pytestmark = pytest.mark.unit


def fed(lost: set[int], *, begin: int = 65_500, delay: float = 0.0) -> Meter:
    """Two hundred packets of 20 ms, some of them lost, each second one late by `delay`."""
    meter = Meter()
    for number in range(200):
        at = number * 0.02 + (delay if number % 2 else 0.0)
        if number not in lost:
            stamp = (number * 960) & 0xFFFFFFFF
            meter.came_in(1, 48_000, (begin + number) & 0xFFFF, stamp, 125, at)
        if number % 50 == 49:
            meter.second(at)
    return meter


def test_loss_is_counted_over_a_turn_of_the_numbers() -> None:
    assert fed(set()).second(4.0).loss == 0.0
    assert fed(set(range(60, 160, 10))).second(4.0).loss == pytest.approx(0.0667, abs=0.01)


def test_jitter_is_that_of_rfc_3550() -> None:
    assert fed(set()).second(4.0).jitter_ms == 0
    assert fed(set(), delay=0.03).second(4.0).jitter_ms in range(25, 31)


def test_speed_upwards_is_that_of_the_last_second() -> None:
    meter = fed(set())
    for number in range(50):
        meter.came_in(1, 48_000, number, 0, 250, 4.0)

    assert meter.second(meter._last[0] + 1.0).up_kbps == 100


def test_picture_that_stops_coming_is_none() -> None:
    meter = Meter()
    meter.picture = Picture.MOVING
    meter.picture_came(1.0)

    assert [meter.second(at).picture for at in (2.0, 4.0, 5.0)] == ["moving", "moving", "none"]


def key_picture(light: int, *, bar: int = 0, size: tuple[int, int] = (320, 240)) -> bytes:
    codec = av.CodecContext.create("libvpx", "w")
    codec.width, codec.height = size
    codec.pix_fmt, codec.time_base = "yuv420p", Fraction(1, 20)
    frame = av.VideoFrame(*size, "yuv420p")
    for number, plane in enumerate(frame.planes):
        row = bytearray([light if number == 0 else 128]) * plane.line_size
        if number == 0:
            row[bar : bar + 40] = bytes([200]) * len(row[bar : bar + 40]) if bar else row[0:40]
        plane.update(bytes(row) * plane.height)
    frame.pts = 0
    return b"".join(bytes(one) for one in (*codec.encode(frame), *codec.encode(None)))


def test_black_frozen_and_moving_are_told_apart() -> None:
    dark, light = decode(key_picture(16)), decode(key_picture(120, bar=40))
    moved = decode(key_picture(120, bar=60))

    assert judge(dark, None) is Picture.BLACK
    assert judge(light, None) is Picture.WAIT
    assert judge(light, light) is Picture.FROZEN
    assert judge(moved, light) is Picture.MOVING


def test_picture_of_another_size_is_still_compared() -> None:
    small, large = decode(key_picture(120)), decode(key_picture(120, size=(640, 480)))

    assert judge(large, small) is Picture.FROZEN


@pytest.mark.parametrize("data", [b"", b"x" * 9, b"\x10\x02\x00\x9d\x01\x2a" + b"\xff" * 200])
def test_picture_that_cannot_be_read_is_none(data: bytes) -> None:
    assert decode(data) is None


def test_key_picture_with_a_hole_is_given_up() -> None:
    whole, holed = KeyPicture(), KeyPicture()
    whole.begin(9, 65_535, b"a")
    whole.add(9, 0, b"b")
    holed.begin(9, 65_535, b"a")
    holed.add(9, 1, b"b")

    assert (whole.whole(), holed.whole()) == (b"ab", b"")
    assert not whole.collecting


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ('{"say":"welcome"}', channel.Say(clip="welcome")),
        ('{"say":null}', channel.Say(clip=None)),
        ('{"sound":false}', channel.Sound(on=False)),
        ('{"mirror":5}', channel.Mirror(seconds=5)),
        ('{"echo":2.5}', channel.Echo(seconds=2.5)),
        ('{"done":true}', channel.Done()),
    ],
)
def test_message_of_a_page_is_read(text: str, asked: channel.Asked) -> None:
    assert channel.read(text) == asked


@pytest.mark.parametrize(
    "text",
    [
        b"{}",
        "",
        "[",
        "[]",
        "{}",
        '{"say":"../x"}',
        '{"say":1}',
        '{"mirror":true}',
        '{"mirror":-1}',
        '{"mirror":1e999}',
        '{"mirror":NaN}',
        '{"done":false}',
        '{"say":null,"done":true}',
        '{"other":1}',
        "[" * 5000,
        " " * 5000,
    ],
)
def test_anything_else_is_none(text: object) -> None:
    assert channel.read(text) is None


def test_patience_ends_with_nonsense_and_with_too_much() -> None:
    nonsense, much = channel.Patience(), channel.Patience()
    for _ in range(20):
        nonsense.take(1.0, good=False)

    assert not nonsense.take(2.0, good=True)
    assert [much.take(1.0, good=True) for _ in range(200)].count(True) in range(95, 115)


def test_queue_keeps_its_order_and_forgets_who_left() -> None:
    line = Line(2)

    assert line.ask("a", busy=1, now=0.0) == 0
    assert [line.ask(one, busy=2, now=1.0) for one in "bcd"] == [1, 2, 3]
    assert line.ask("d", busy=1, now=2.0) == 2
    assert line.ask("b", busy=1, now=3.0) == 0
    assert [line.ask(one, busy=2, now=14.0) for one in "cd"] == [1, 2]
    assert line.ask("d", busy=2, now=30.0) == 1
    assert (line.room(busy=0, now=30.0), line.waiting(now=30.0)) == (1, 1)


def test_default_film_has_every_clip_with_sound_and_subtitles() -> None:
    film = read_film(DEFAULT)

    assert set(film.clips) == {
        "welcome",
        "wave",
        "talk",
        "sound_off",
        "picture_off",
        "task",
        "share",
        "stutter",
        "leave",
    }
    assert all(clip.sounds and clip.cues and clip.pictures for clip in film.clips.values())
    assert film.idle.sounds == ()
    assert DEFAULT.stat().st_size < 2_000_000
    longest = max(len(cue.text.split()) for clip in film.clips.values() for cue in clip.cues)
    assert longest <= 15


def test_file_that_is_no_film_is_refused_in_one_sentence(tmp_path: Path) -> None:
    for content in (b"no film", b"\x1a\x45\xdf\xa3", DEFAULT.read_bytes()[:200]):
        path = tmp_path / "film.webm"
        path.write_bytes(content)
        with pytest.raises(BadFilm, match="no film"):
            read_film(path)
    assert read_cues(tmp_path / "missing.vtt") == ()
