"""An organisation's own film: what is refused, and what becomes of the rest."""

from fractions import Fraction
from pathlib import Path

import av
import pytest

from server.cli_practice import practice_film
from server.serving import CannotStart
from signaling.practice.film_file import BadFilm, read_film
from signaling.practice.own_film import check_film, convert_film
from signaling.practice.spool import Spool

pytestmark = pytest.mark.unit


def film(path: Path, *, size: tuple[int, int] = (320, 240), sound: bool = True) -> Path:
    """A short film as a telephone makes it."""
    with av.open(str(path), "w") as out:
        picture = out.add_stream("mpeg4", rate=10)
        picture.width, picture.height = size
        picture.pix_fmt = "yuv420p"
        voice = out.add_stream("aac", rate=44_100) if sound else None
        for number in range(12):
            frame = av.VideoFrame(*size, "yuv420p")
            for plane in frame.planes:
                plane.update(bytes([100 + number]) * plane.buffer_size)
            frame.pts, frame.time_base = number, Fraction(1, 10)
            out.mux(picture.encode(frame))
        out.mux(picture.encode(None))
        if voice is not None:
            for number in range(50):
                heard = av.AudioFrame("fltp", "mono", 1024)
                heard.planes[0].update(bytes(heard.planes[0].buffer_size))
                heard.sample_rate, heard.pts = 44_100, number * 1024
                out.mux(voice.encode(heard))
            out.mux(voice.encode(None))
    return path


def test_film_becomes_ready_packets_with_its_subtitles(tmp_path: Path) -> None:
    path = film(tmp_path / "own.mp4")
    path.with_suffix(".vtt").write_text("WEBVTT\n\n00:00.200 --> 00:01.000\nDag!\n", "utf-8")
    shares: list[float] = []

    convert_film(path, tmp_path / "data" / "film.webm", shares.append)

    made = read_film(tmp_path / "data" / "film.webm").clips["welcome"]
    assert made.pictures
    assert len(made.sounds) in range(50, 110)
    assert [cue.text for cue in made.cues] == ["Dag!"]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert sorted(one.name for one in (tmp_path / "data").iterdir()) == ["film.vtt", "film.webm"]


def test_own_film_is_taken_by_a_command_that_shows_how_far_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TWEESPRAAK_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    text = tmp_path / "text.mp4"
    text.write_text("no film")

    practice_film(film(tmp_path / "own.mp4"))
    with pytest.raises(CannotStart, match="no film"):
        practice_film(text)

    said = capsys.readouterr().out
    assert "There are no subtitles" in said
    assert "100%" in said
    assert f"Ready in {tmp_path / 'practice' / 'film.webm'}" in said


def test_silent_and_upright_film_is_taken_and_said_so(tmp_path: Path) -> None:
    path = film(tmp_path / "own.mp4", size=(240, 320), sound=False)

    said = " ".join(check_film(path))
    convert_film(path, tmp_path / "film.webm", lambda _: None)

    assert "no sound" in said
    assert "upright" in said
    assert "no subtitles" in said
    assert read_film(tmp_path / "film.webm").clips["welcome"].pictures


def test_what_is_no_film_is_refused_and_the_one_before_stays(tmp_path: Path) -> None:
    target = tmp_path / "film.webm"
    target.write_bytes(b"before")
    text, huge = tmp_path / "text.mp4", tmp_path / "huge.mp4"
    text.write_text("no film")
    with huge.open("wb") as file:
        file.truncate(4 * 2**30)

    for path, why in ((text, "no film"), (huge, "500 MB"), (tmp_path / "none.mp4", "not there")):
        with pytest.raises(BadFilm, match=why):
            convert_film(path, target, lambda _: None)

    assert target.read_bytes() == b"before"


def test_sound_without_picture_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    with av.open(str(path), "w") as out:
        voice = out.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame("s16", "mono", 16_000)
        frame.planes[0].update(bytes(frame.planes[0].buffer_size))
        frame.sample_rate = 8000
        out.mux(voice.encode(frame))

    with pytest.raises(BadFilm, match="no picture"):
        check_film(path)


def test_playlist_that_calls_itself_a_film_opens_nothing(tmp_path: Path) -> None:
    inner = film(tmp_path / "inner.mp4")
    trap = tmp_path / "trap.mp4"
    trap.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1.2,\n{inner}\n#EXT-X-ENDLIST\n")

    with pytest.raises(BadFilm, match="no film"):
        check_film(trap)


def test_pictures_come_back_from_the_file_as_they_were(tmp_path: Path) -> None:
    with (tmp_path / "spool").open("w+b") as file:
        spool = Spool(file, 640, 480)
        for grey in (10, 200):
            frame = av.VideoFrame(640, 480, "yuv420p")
            for plane in frame.planes:
                plane.update(bytes([grey]) * plane.buffer_size)
            spool.add(frame, 3)

        assert len(spool) == 6
        assert [set(bytes(one.planes[2])) for one in spool[1:5]] == [{10}, {10}, {200}, {200}]
        assert not spool[9:12]
        assert file.seek(0, 2) < 640 * 480
