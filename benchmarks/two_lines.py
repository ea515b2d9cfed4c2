"""Two people behind lines of their own, each in a Chromium of their own, and what reaches them."""

import asyncio
import contextlib
import itertools
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, ViewportSize, async_playwright

from benchmarks.weather import SERVER, Sky
from server.usecases.context import Parts
from tests.journeys.installation import Installation, running_house
from tests.journeys.people import TalkNow, talk_now
from tests.journeys.steps import coach_opens, meet, open_link
from tests.journeys.windows import CHROMIUM_ARGS, ChromiumWindow

LOOK_MS = 200
_WIDTH, _HEIGHT, _PICTURES, _BRIGHTNESS = 320, 240, 40, 200
SILENCE_MS = 1_000
_SIZE: ViewportSize = {"width": 1024, "height": 640}

# Each look is: moment, packets of sound, pictures decoded, lines of the picture, parts of sound
# that were made up.
_LISTEN = """
window.peers = [];
window.looks = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(given) { super(given); window.peers.push(this); }
};
setInterval(async () => {
  const peer = window.peers.at(-1);
  if (!peer || peer.connectionState === 'closed') return;
  let sound = 0, pictures = 0, lines = 0, made = 0;
  for (const one of (await peer.getStats()).values()) {
    if (one.type !== 'inbound-rtp') continue;
    if (one.kind === 'audio') { sound += one.packetsReceived; made += one.concealedSamples ?? 0; }
    else { pictures += one.framesDecoded ?? 0; lines = Math.max(lines, one.frameHeight ?? 0); }
  }
  window.looks.push([Date.now(), sound, pictures, lines, made, window.peers.length]);
}, LOOK_MS);
""".replace("LOOK_MS", str(LOOK_MS))


@dataclass(frozen=True, slots=True)
class Look:
    """What had reached a page at one moment."""

    at_ms: float
    sound: int  # packets
    pictures: int
    lines: int
    made: int  # samples of sound that were made up for what was lost
    connection: int  # how many connections there were: counts begin anew with each


@dataclass(frozen=True, slots=True)
class Call:
    """A talk between two windows."""

    talk: TalkNow
    candidate: ChromiumWindow  # behind line "a"
    coach: ChromiumWindow  # behind line "b"

    @property
    def windows(self) -> tuple[ChromiumWindow, ChromiumWindow]:
        """Both."""
        return self.candidate, self.coach


def small_camera(folder: Path, *, rate: int = 10) -> str:
    """The argument that gives a Chromium a small camera, `rate` moving pictures a second.

    Many talks at a time are to try the lines and the eyes, not the processor.
    """
    stripes = bytes(20 + value % _BRIGHTNESS for value in range(2 * _BRIGHTNESS + _WIDTH))
    film = [f"YUV4MPEG2 W{_WIDTH} H{_HEIGHT} F{rate}:1 Ip A1:1 C420jpeg\n".encode()]
    for number in range(_PICTURES):
        starts = ((line + 5 * number) % _BRIGHTNESS for line in range(_HEIGHT))
        film += [b"FRAME\n", *(stripes[start : start + _WIDTH] for start in starts)]
        film.append(bytes((128,)) * (_WIDTH * _HEIGHT // 2))
    path = folder / "camera.y4m"
    path.write_bytes(b"".join(film))
    return f"--use-file-for-fake-video-capture={path}"


@contextlib.asynccontextmanager
async def two_browsers(sky: Sky, *more: str) -> AsyncIterator[tuple[Browser, Browser]]:
    """One Chromium behind each line, which finds this machine under the name localhost."""
    args = [*CHROMIUM_ARGS, f"--host-resolver-rules=MAP localhost {SERVER}", *more]
    async with async_playwright() as playwright:
        paths = [sky.wrapped("chromium", line) for line in ("a", "b")]
        one, other = await asyncio.gather(
            *(playwright.chromium.launch(executable_path=path, args=args) for path in paths)
        )
        try:
            yield one, other
        finally:
            await asyncio.gather(one.close(), other.close())


async def window(browser: Browser) -> ChromiumWindow:
    """A window of its own that notes what reaches it."""
    context = await browser.new_context(viewport=_SIZE, locale="nl-NL")
    await context.add_init_script(_LISTEN)
    return ChromiumWindow(context, await context.new_page())


async def call(
    house: Installation, parts: Parts, browsers: Sequence[Browser], talk: TalkNow | None = None
) -> Call:
    """A talk in which pictures flow both ways."""
    talk = talk or await talk_now(parts, house.planner)
    link = house.invitation_in(await house.mail_about(talk.pair.email, talk.starts_at))
    candidate, coach = await window(browsers[0]), await window(browsers[1])
    await open_link(candidate, link)
    await coach_opens(coach, parts, talk.pair.coach, talk.meeting)
    await meet(candidate, coach)
    return Call(talk, candidate, coach)


async def looks(page: ChromiumWindow, since_ms: float) -> list[Look]:
    """The looks of a page since a moment."""
    found: list[list[float]] = await page.evaluate(f"looks.filter(([at]) => at >= {since_ms})")
    return [Look(at, *(int(value) for value in rest)) for at, *rest in found]


def flowing(seen: Sequence[Look]) -> bool:
    """Whether sound and picture grew within the last second."""
    if len(seen) < 2:
        return False
    last = seen[-1]
    before = [one for one in seen if last.at_ms - one.at_ms <= SILENCE_MS]
    same = [one for one in before if one.connection == last.connection]
    return bool(same) and last.sound > same[0].sound and last.pictures > same[0].pictures


def back_at(seen: Sequence[Look], since_ms: float) -> float:
    """The end of the last second without sound or without picture; `since_ms`: there was none."""
    back = since_ms
    grew = {"sound": since_ms, "pictures": since_ms}
    for before, after in itertools.pairwise(seen):
        new = after.connection != before.connection
        for what, last in list(grew.items()):
            now, then = getattr(after, what), 0 if new else getattr(before, what)
            if now <= then:
                continue
            if after.at_ms - last > SILENCE_MS:
                back = max(back, after.at_ms)
            grew[what] = after.at_ms
    return back


@contextlib.contextmanager
def house_on_the_sky(**settings: str) -> Iterator[Installation]:
    """An installation that is reached from behind the lines; to be started before any loop runs."""
    with tempfile.TemporaryDirectory(prefix="tweespraak-bench-") as folder:
        more = {"listen_host": "0.0.0.0", **settings}  # noqa: S104 -- reached over a device of ours
        with running_house(Path(folder), **more) as house:
            yield house
