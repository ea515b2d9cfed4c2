"""From seconds to a score with causes."""

from dataclasses import replace

import pytest

from signaling.practice.measuring import Measured, Meter, Path, Picture
from signaling.practice.scoring import Score, ScoreCause, score

pytestmark = pytest.mark.unit

FINE = Measured(
    picture=Picture.MOVING,
    voice=0.6,
    loss=0.0,
    jitter_ms=5,
    round_trip_ms=40,
    up_kbps=500,
    down_kbps=300,
    down_loss=0.0,
    path=Path.DIRECT,
)


def talk(**changed: object) -> tuple[Measured, ...]:
    return (replace(FINE, **changed),) * 20  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize(
    ("seconds", "done", "verdict", "causes"),
    [
        (talk(), True, "good", ()),
        (talk(), False, "fair", ("stopped",)),
        (talk(picture=Picture.BLACK), True, "bad", ("camera",)),
        (talk(picture=Picture.NONE, voice=0.0), True, "bad", ("camera", "microphone")),
        (talk(picture=Picture.FROZEN), True, "fair", ("camera",)),
        (talk(voice=0.1), True, "bad", ("microphone",)),
        (talk(voice=None), True, "fair", ("microphone",)),
        (talk(loss=0.05), True, "fair", ("network",)),
        (talk(loss=0.2), True, "bad", ("network",)),
        (talk(round_trip_ms=1200), True, "bad", ("network",)),
        (talk(jitter_ms=60), True, "fair", ("network",)),
        (talk(up_kbps=50), True, "bad", ("network",)),
        (talk(up_kbps=50, picture=Picture.BLACK), True, "bad", ("camera",)),
        (talk(down_loss=0.2), True, "bad", ("sound",)),
        (talk(loss=0.05, picture=Picture.BLACK), False, "bad", ("camera", "network", "stopped")),
        ((), False, "bad", ("stopped",)),
        ((FINE,) * 2, False, "bad", ("stopped",)),
        ((FINE,) * 2, True, "bad", ("network",)),
    ],
)
def test_score_follows_what_was_measured(
    seconds: tuple[Measured, ...], *, done: bool, verdict: str, causes: tuple[str, ...]
) -> None:
    found = score(seconds, done=done)

    assert (found.score, found.causes) == (Score(verdict), tuple(map(ScoreCause, causes)))
    assert found.seconds == len(seconds)


def test_without_a_camera_as_was_agreed_no_picture_is_missed() -> None:
    unseen = talk(picture=Picture.NONE, up_kbps=40)

    found = score(unseen, done=True, without_camera=True)

    assert (found.score, found.causes, found.without_camera) == (Score.GOOD, (), True)
    silent = score(talk(picture=Picture.NONE, voice=0.0), done=True, without_camera=True)
    assert silent.causes == (ScoreCause.MICROPHONE,)


@pytest.mark.parametrize(
    ("second", "causes"),
    [
        ([0.5, 0.52, 0.49], ("microphone",)),  # a fan: never still, never louder
        ([0.0, 0.02, 0.0], ("microphone",)),  # silence
        ([0.0, 0.7, 0.1], ()),  # a voice, with pauses
        ([0.0, 0.0, 0.0, 0.6], ()),  # a beep
        ([0.3, 0.8, 0.35], ()),  # a voice with a fan behind it
    ],
)
def test_noise_and_silence_are_no_voice(second: list[float], causes: tuple[str, ...]) -> None:
    meter = Meter()
    seconds = []
    for at in range(20):
        for loud in second:
            meter.voice_came(loud)
        found = meter.second(float(at))
        seconds.append(replace(FINE, voice=found.voice, quiet=found.quiet))

    assert score(tuple(seconds), done=True).causes == tuple(map(ScoreCause, causes))


def test_a_fan_that_is_spoken_over_for_some_seconds_is_a_voice() -> None:
    hum, words = replace(FINE, voice=0.4, quiet=0.35), replace(FINE, voice=0.8, quiet=0.35)

    assert score((hum,) * 60 + (words,) * 3, done=True).score is Score.GOOD
    assert score((hum,) * 60 + (words,) * 2, done=True).causes == (ScoreCause.MICROPHONE,)


def test_a_rough_beginning_is_forgiven() -> None:
    rough = (replace(FINE, loss=0.5, round_trip_ms=None, picture=Picture.WAIT),) * 3

    assert score(rough + talk(), done=True).score is Score.GOOD


def test_figures_of_the_whole_talk_can_be_written_as_json() -> None:
    found = score((*talk(picture=Picture.BLACK, voice=0.1), *talk(up_kbps=900)), done=True)

    assert found.measured["picture"] == "moving"
    assert found.measured["moving_seconds"] == 20
    assert (found.measured["voice"], found.measured["up_kbps"]) == (0.6, 900)
