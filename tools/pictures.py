"""Takes the README's pictures from a real installation: the talk, and the planner's week.

python -m tools.pictures
"""

import contextlib
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

from benchmarks.installation import SESSION_COOKIE, Running, running_installation
from benchmarks.two_windows import ARGS, PATIENCE_MS, candidate_window, coach_window, enter
from server.demo.seeding import working_day
from tools.say import ROOT, say

IMAGES = ROOT / "docs" / "images"
_WIDTH, _HEIGHT = 960, 540
_RAMP_MS = 6_000  # until both browsers send at full quality; nothing tells when
_SHARP = """
() => new Promise((seen) => {
  const remote = document.querySelector('#remote');
  const look = () => remote.videoWidth >= 900 ? seen() : remote.requestVideoFrameCallback(look);
  look();
})
"""
_Colour = tuple[int, int, int]  # red, green, blue
_EYES, _LIPS = (40, 30, 28), (168, 84, 78)


def portrait(wall: _Colour, skin: _Colour, hair: _Colour, shirt: _Colour) -> bytes:
    """A drawn person before a wall, as a film of one frame (YUV4MPEG2) for a fake camera."""

    shapes = (
        (_EYES, 0.462, 0.45, 0.009, 0.017),
        (_EYES, 0.538, 0.45, 0.009, 0.017),
        (skin, 0.5, 0.575, 0.034, 0.02),  # leaves the lower edge of the next as a smile
        (_LIPS, 0.5, 0.59, 0.032, 0.022),
        (skin, 0.5, 0.48, 0.088, 0.19),
        (skin, 0.5, 0.7, 0.04, 0.12),
        (hair, 0.5, 0.42, 0.108, 0.22),
        (shirt, 0.5, 1.12, 0.25, 0.38),
    )

    def colour(x: float, y: float) -> _Colour:
        found = (paint for paint, *ellipse in shapes if _inside(x, y, *ellipse))
        return next(found, wall)

    rows = [[colour(x / _WIDTH, y / _HEIGHT) for x in range(_WIDTH)] for y in range(_HEIGHT)]
    luma = bytes(_luma(pixel) for row in rows for pixel in row)
    halves = [pixel for row in rows[::2] for pixel in row[::2]]
    head = f"YUV4MPEG2 W{_WIDTH} H{_HEIGHT} F15:1 Ip A1:1 C420\n".encode()
    frame = luma + bytes(_blue(p) for p in halves) + bytes(_red(p) for p in halves)
    return head + (b"FRAME\n" + frame) * 2


def _inside(x: float, y: float, *ellipse: float) -> bool:
    centre_x, centre_y, wide, high = ellipse
    return ((x - centre_x) / wide) ** 2 + ((y - centre_y) / high) ** 2 < 1


def _luma(pixel: _Colour) -> int:
    red, green, blue = pixel
    return int(16 + 0.257 * red + 0.504 * green + 0.098 * blue)


def _blue(pixel: _Colour) -> int:
    red, green, blue = pixel
    return int(128 - 0.148 * red - 0.291 * green + 0.439 * blue)


def _red(pixel: _Colour) -> int:
    red, green, blue = pixel
    return int(128 + 0.439 * red - 0.368 * green - 0.071 * blue)


COACH = portrait((214, 205, 190), (224, 172, 138), (92, 58, 36), (21, 83, 89))
CANDIDATE = portrait((176, 199, 206), (190, 133, 98), (34, 26, 24), (176, 92, 62))


@contextlib.contextmanager
def _browser(playwright: Playwright, film: Path) -> Iterator[Browser]:
    arguments = [*ARGS, f"--use-file-for-fake-video-capture={film}"]
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
    try:
        yield browser
    finally:
        browser.close()


def take_talk(playwright: Playwright, house: Running, folder: Path) -> None:
    """The talk, as the candidate sees it."""
    films = {"coach": COACH, "candidate": CANDIDATE}
    for name, film in films.items():
        (folder / f"{name}.y4m").write_bytes(film)
    with (
        _browser(playwright, folder / "coach.y4m") as one,
        _browser(playwright, folder / "candidate.y4m") as other,
    ):
        address = f"{house.base_url}/talk/{house.meeting}"
        candidate = enter(candidate_window(other, house), address)
        coach = enter(coach_window(one, house), address)
        candidate.set_viewport_size({"width": 1280, "height": 760})
        coach.click("#admit", timeout=PATIENCE_MS)
        candidate.wait_for_selector("#stage-talk", state="visible", timeout=PATIENCE_MS)
        candidate.evaluate(_SHARP)
        candidate.wait_for_timeout(_RAMP_MS)
        candidate.screenshot(path=IMAGES / "talk.png")


def take_week(playwright: Playwright, house: Running) -> None:
    """The planner's coming week."""
    week = working_day(datetime.now(house.settings.tz).date(), 4).strftime("%G-W%V")
    with _browser(playwright, Path("none")) as browser:
        page = browser.new_page(locale="nl-NL", viewport={"width": 1280, "height": 900})
        page.context.add_cookies(
            [{"name": SESSION_COOKIE, "value": house.planner_session, "url": house.base_url}]
        )
        page.goto(f"{house.base_url}/planner?week={week}")
        page.screenshot(path=IMAGES / "week.png")


def main() -> None:
    """Take both."""
    IMAGES.mkdir(exist_ok=True)
    with (
        running_installation() as house,
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
    ):
        take_week(playwright, house)
        take_talk(playwright, house, Path(folder))
    say(f"taken: {', '.join(sorted(file.name for file in IMAGES.glob('*.png')))}")


if __name__ == "__main__":
    main()
