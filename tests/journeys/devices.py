"""What devices do that a fake camera cannot: scripts for a page, and files in place of devices.

Chromium takes pictures and sound from files when it is told to. A camera whose file is not there
cannot be opened, as one that another program holds; one that is black or still is that for real.
"""

import wave
from pathlib import Path

_WIDE, _HIGH, _A_SECOND = 160, 120, 10
_BLACK, _GREY = 16, 128

# A fake camera has no cable: its track ends as that of a real one does.
CABLE = """
(() => {
  const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  let tracks = [];
  let gone = false;
  window.pullOut = () => {
    gone = true;
    for (const track of tracks) { track.stop(); track.dispatchEvent(new Event('ended')); }
  };
  window.plugIn = () => {
    gone = false;
    navigator.mediaDevices.dispatchEvent(new Event('devicechange'));
  };
  navigator.mediaDevices.getUserMedia = async (wish) => {
    if (gone) throw new DOMException('Requested device not found', 'NotFoundError');
    const stream = await real(wish);
    tracks = stream.getVideoTracks();
    return stream;
  };
})();
"""
# The clock on the wall, as the page reads it, is five hours ahead.
CLOCK_OFF = """
(() => {
  const Real = Date;
  const now = () => Real.now() + 5 * 3600_000;
  window.Date = class extends Real {
    constructor(...given) { if (given.length) super(...given); else super(now()); }
    static now() { return now(); }
  };
})();
"""


def file_arguments(picture: Path, sound: Path) -> tuple[str, str]:
    """What tells Chromium, besides that devices are fake, to take them from these files."""
    return (
        f"--use-file-for-fake-video-capture={picture}",
        f"--use-file-for-fake-audio-capture={sound}",
    )


def write_picture(path: Path, *, black: bool) -> None:
    """A second of film (YUV4MPEG2) that goes round: black all the time, or a bar that moves."""
    colour = bytes([_GREY]) * (_WIDE * _HIGH // 2)
    frames = [b"FRAME\n" + _lights(at, black=black) + colour for at in range(_A_SECOND)]
    head = f"YUV4MPEG2 W{_WIDE} H{_HIGH} F{_A_SECOND}:1 Ip A1:1 C420jpeg\n".encode()
    draft = path.with_suffix(".draft")
    draft.write_bytes(head + b"".join(frames))
    draft.rename(path)


def write_silence(path: Path) -> None:
    """A second in which nothing is heard."""
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(48_000)
        sound.writeframes(bytes(2 * 48_000))


def _lights(at: int, *, black: bool) -> bytes:
    if black:
        return bytes([_BLACK]) * (_WIDE * _HIGH)
    bar = at * _WIDE // _A_SECOND
    row = bytes(220 if bar <= x < bar + 40 else 60 for x in range(_WIDE))
    return row * _HIGH
