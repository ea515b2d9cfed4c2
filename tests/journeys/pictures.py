"""What a person would say of the other's picture: it moves, and it is not black."""

import asyncio
from dataclasses import dataclass

from tests.journeys.windows import PATIENCE, Window, until

FRAMES = 20  # decoded and shown before we believe it
DARK = 8.0  # mean luminance (of 255) at or below which a picture counts as black, domain 5.2

_WATCH = """
new Promise((done, failed) => {
  const video = document.querySelector('#remote');
  const canvas = document.createElement('canvas');
  canvas.width = 32; canvas.height = 24;
  const context = canvas.getContext('2d', {willReadFrequently: true});
  const looks = new Set();
  let frames = 0, brightest = 0;
  const patience = setTimeout(() => done({frames, brightest, looks: looks.size}), PATIENCE_MS);
  const next = () => {
    frames += 1;
    context.drawImage(video, 0, 0, 32, 24);
    const pixels = context.getImageData(0, 0, 32, 24).data;
    let sum = 0;
    for (let i = 0; i < pixels.length; i += 4) {
      sum += 0.2126 * pixels[i] + 0.7152 * pixels[i + 1] + 0.0722 * pixels[i + 2];
    }
    brightest = Math.max(brightest, sum / (32 * 24));
    looks.add(pixels.join());
    if (frames < WANTED) { video.requestVideoFrameCallback(next); return; }
    clearTimeout(patience);
    done({frames, brightest, looks: looks.size});
  };
  video.requestVideoFrameCallback(next);
})
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A short look at the other's picture."""

    frames: int
    brightest: float  # mean luminance of the brightest frame, 0 to 255
    looks: int  # how many of the frames differed

    @property
    def moving(self) -> bool:
        """Whether frames came, were not black and were not all the same."""
        return self.frames >= FRAMES and self.brightest > DARK and self.looks > FRAMES // 4


async def watch(window: Window, *, seconds: float = PATIENCE) -> Watched:
    """Look at the other's picture until `FRAMES` frames came, or `seconds` passed."""
    await until(window, "document.querySelector('#remote')?.srcObject != null", seconds=seconds)
    script = _WATCH.replace("PATIENCE_MS", str(int(seconds * 1000))).replace("WANTED", str(FRAMES))
    return Watched(**await window.evaluate(script))


async def see_each_other(*windows: Window) -> None:
    """Every one of them sees a moving picture of the other, at the same time."""
    watched = await asyncio.gather(*(watch(window) for window in windows))
    assert all(seen.moving for seen in watched), watched


async def see_oneself(window: Window) -> None:
    """Before going in: the own picture plays."""
    await _goes_on(window, "#own-preview")


async def see_and_hear_oneself(window: Window) -> None:
    """Before going in: the own picture plays, and the bar of the microphone moves."""
    await see_oneself(window)
    await until(window, _LEVEL_MOVES)


async def see_oneself_small(window: Window) -> None:
    """In the talk the own picture plays in its corner, and the other fills the window."""
    await _goes_on(window, "#own")
    assert await until(window, _REMOTE_FILLS)


async def _goes_on(window: Window, selector: str) -> None:
    video = f"document.querySelector('{selector}')"
    began = await until(window, f"{video}.checkVisibility() && {video}.currentTime")
    await until(window, f"{video}.currentTime > {began}")


_LEVEL_MOVES = """
(() => {
  const levels = (globalThis.levelsSeen ??= new Set());
  levels.add(document.querySelector('#level').value);
  return levels.size > 1 && Math.max(...levels) > 0;
})()
"""
_REMOTE_FILLS = """
(() => {
  const remote = document.querySelector('#remote');
  const {width, height} = remote.getBoundingClientRect();
  const fits = getComputedStyle(remote).objectFit;
  const fills = fits === 'cover' || innerWidth > innerHeight;
  return fills && width >= innerWidth - 1 && height >= innerHeight - 1;
})()
"""
