"""What a guide sends when."""

import pytest

from signaling.practice.film import SILENCE, Chapter, Cue, Encoded, Film, cut, vp8_payloads
from signaling.practice.player import Kind, Out, Player

pytestmark = pytest.mark.unit


def film() -> Film:
    pictures = tuple(Encoded(at=n / 20, data=b"p%d" % n, key=n % 20 == 0) for n in range(60))
    sounds = tuple(Encoded(at=n / 50, data=b"s%d" % n, key=True) for n in range(150))
    chapters = (
        Chapter(name="idle", start=0, end=1),
        Chapter(name="welcome", start=1, end=2),
        Chapter(name="leave", start=2, end=3),
    )
    cues = (Cue(start=1.0, end=1.4, text="Dag"), Cue(start=1.4, end=1.9, text="Fijn"))
    return cut(pictures, sounds, chapters, cues)


def run(player: Player, start: float, end: float) -> list[Out]:
    """All that is sent while time goes by in steps of 20 ms."""
    steps = round((end - start) / 0.02)
    return [out for n in range(steps) for out in player.due(start + n * 0.02)]


def payloads(sent: list[Out], kind: Kind) -> list[bytes]:
    return [out.payload for out in sent if out.kind is kind]


def test_idle_guide_is_seen_and_silent() -> None:
    sent = run(Player(film(), 0.0), 0.0, 2.0)

    assert payloads(sent, Kind.PICTURE)[0] == b"\x10p0"
    assert len(payloads(sent, Kind.PICTURE)) == 40  # again and again
    assert set(payloads(sent, Kind.SOUND)) == {SILENCE}
    assert len(payloads(sent, Kind.SOUND)) in {99, 100}


def test_clip_is_played_from_its_key_picture_with_sound_and_subtitles() -> None:
    player = Player(film(), 0.0)
    run(player, 0.0, 0.5)
    player.say("welcome", 0.5)
    sent = run(player, 0.5, 1.48)

    assert payloads(sent, Kind.PICTURE)[0] == b"\x10p20"
    assert payloads(sent, Kind.SOUND)[0] == b"s50"
    assert [one.message for one in player.told()] == [
        {"saying": "welcome", "caption": "Dag"},
        {"saying": "welcome", "caption": "Fijn"},
        {"saying": "welcome", "caption": ""},
    ]
    later = run(player, 1.5, 2.0)
    assert payloads(later, Kind.PICTURE)[0] == b"\x10p0"
    assert {"saying": None, "caption": ""} in [one.message for one in player.told()]


def test_without_sound_the_subtitles_stay() -> None:
    player = Player(film(), 0.0)
    player.sound = False
    player.say("welcome", 0.0)

    sent = run(player, 0.0, 0.9)

    assert set(payloads(sent, Kind.SOUND)) == {SILENCE}
    assert len(player.told()) >= 2


def test_clip_that_is_not_there_is_passed_over() -> None:
    player = Player(film(), 0.0)
    player.say("share", 0.0)

    assert payloads(run(player, 0.0, 0.1), Kind.PICTURE)[0] == b"\x10p0"
    assert player.told()[0].message == {"saying": None, "caption": ""}


def test_mirror_begins_with_a_key_picture_and_ends_by_itself() -> None:
    player = Player(film(), 0.0)
    player.mirror(99, 0.0)

    assert player.wants_picture(0.1)
    assert not player.mirrors(0.1, key=False)
    assert player.mirrors(0.2, key=True)
    assert player.mirrors(0.3, key=False)
    assert payloads(run(player, 0.3, 1.0), Kind.PICTURE) == []
    assert not player.mirrors(15.1, key=True)
    back = payloads(player.due(15.1), Kind.PICTURE)
    assert back[0] == b"\x10p0"
    assert [one.message for one in player.told()] == [
        {"mirroring": True},
        {"mirroring": False},
    ]


def test_echo_hears_then_plays_once() -> None:
    player = Player(film(), 0.0)
    player.echo(1, 0.0)
    for number in range(10):
        player.heard(b"v%d" % number, number * 0.02)
    player.heard(b"too late", 1.5)

    quiet = payloads(run(player, 0.0, 0.98), Kind.SOUND)
    voice = payloads(run(player, 1.0, 2.0), Kind.SOUND)

    assert set(quiet) == {SILENCE}
    assert [one for one in voice if one != SILENCE] == [b"v%d" % number for number in range(10)]
    told = [one.message["echoing"] for one in player.told() if "echoing" in one.message]
    assert told == ["hearing", "playing", None]


def test_a_loop_that_hung_does_not_flood_the_page() -> None:
    player = Player(film(), 0.0)
    player.due(0.0)

    sent = player.due(30.0)

    assert len(payloads(sent, Kind.SOUND)) <= 26
    assert sent[0].timestamp > 29 * 48_000


def test_sound_timestamps_never_stop() -> None:
    sent = [out for out in run(Player(film(), 0.0), 0.0, 3.0) if out.kind is Kind.SOUND]

    assert [out.timestamp for out in sent] == [n * 960 for n in range(len(sent))]


def test_large_picture_is_sent_in_parts_that_fit() -> None:
    parts = vp8_payloads(bytes(5000))

    assert [part[0] for part in parts] == [0x10, 0, 0, 0, 0]
    assert b"".join(part[1:] for part in parts) == bytes(5000)
    assert max(map(len, parts)) <= 1101


def test_chapter_without_key_picture_is_refused() -> None:
    pictures = (Encoded(at=0.0, data=b"p", key=False),)

    with pytest.raises(ValueError, match="key picture"):
        cut(pictures, (), (Chapter(name="welcome", start=0, end=1),), ())
