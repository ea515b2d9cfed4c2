"""What devices do that a fake camera cannot: scripts for a page, and files in place of devices.

Chromium takes pictures and sound from files when it is told to: a camera that is black or still is
that for real, and so is one that is there and cannot be started, as when another program holds it.
"""

import os
import signal
import wave
from pathlib import Path

from playwright.async_api import Browser

_WIDE, _HIGH, _A_SECOND = 160, 120, 10
_BLACK, _GREY = 16, 128

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


_CAPTURES = b"video_capture.mojom.VideoCaptureService"


async def take_camera_away(browser: Browser) -> None:
    """End the process of this Chromium that holds its cameras: the track of every page ends.

    The next page that asks for a camera gets one, from a new process.
    """
    asked = await browser.new_browser_cdp_session()
    parts = (await asked.send("SystemInfo.getProcessInfo"))["processInfo"]
    await asked.detach()
    holding = [one["id"] for one in parts if _CAPTURES in _command(one["id"])]
    assert holding, f"no process of this Chromium holds a camera: {parts}"
    for process in holding:
        os.kill(process, signal.SIGKILL)


def _command(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:  # it ended meanwhile
        return b""


def file_arguments(picture: Path, sound: Path) -> tuple[str, str]:
    """What tells Chromium, besides that devices are fake, to take them from these files."""
    return camera_argument(picture), f"--use-file-for-fake-audio-capture={sound}"


def camera_argument(picture: Path) -> str:
    """The same of its camera only; without the file there is no camera."""
    return f"--use-file-for-fake-video-capture={picture}"


def write_picture(path: Path, *, black: bool) -> None:
    """A second of film (YUV4MPEG2) that goes round: black all the time, or a bar that moves."""
    colour = bytes([_GREY]) * (_WIDE * _HIGH // 2)
    frames = [b"FRAME\n" + _lights(at, black=black) + colour for at in range(_A_SECOND)]
    draft = path.with_suffix(".draft")
    head = f"YUV4MPEG2 W{_WIDE} H{_HIGH} F{_A_SECOND}:1 Ip A1:1 C420jpeg\n".encode()
    draft.write_bytes(head + b"".join(frames))
    draft.rename(path)


def write_held_picture(path: Path) -> None:
    """A film of no size: the camera is listed, and the browser cannot start it."""
    draft = path.with_suffix(".draft")
    draft.write_bytes(b"YUV4MPEG2 F10:1\nFRAME\n" + bytes(_WIDE * _HIGH))
    draft.rename(path)


def take_picture_away(path: Path) -> None:
    """The film is gone, and with it the camera that shows it, for whoever asks from now on."""
    path.unlink()


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
