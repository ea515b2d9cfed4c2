"""From the last press to the first picture of the other, beside a bare WebRTC call.

Both sides wait with a live camera; the coach presses "admit" (ours), or a script "call" (bare: two
pages, offer and answer, nothing else). Counted until both sides drew the first frame of the other,
in turns, in the same Chromium, and three ways: direct; both through one coturn; and each person in
a Chromium behind a line of their own with delay and loss. In one Chromium the bare pages reach each
other by a BroadcastChannel; behind two lines by the smallest relay of `benchmarks.signalling`, to
which both are connected before the press.
"""

import argparse
import asyncio
import contextlib
import json
import random
import secrets
import shutil
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiohttp import web
from playwright.sync_api import Browser, BrowserContext, Page

from benchmarks.installation import Running, running_installation
from benchmarks.leash import end_together
from benchmarks.signalling import relay_app
from benchmarks.two_windows import (
    PATIENCE_MS,
    candidate_window,
    chromiums,
    coach_window,
    enter,
    window,
)
from benchmarks.weather import LINES, SERVER, weather
from signaling.ice import turn_login
from tests.coturn import SECRET, running_coturn

COMMAND = "python -m benchmarks.join_time"
WAYS = {
    "direct": (1.3, ""),
    "relay": (2.0, " through the relay"),
    "weather": (1.3, " at 150 ms delay and 2 % loss"),
}
# What each line does, in each direction: from one person to the other 150 ms.
DELAY_MS, LOSS = 75.0, 0.02
PARTS = WAYS
ROUNDS = 15
SMALL_ROUNDS = 3
# Half of the bare calls wait one more second, the time after which DTLS repeats a message that
# got lost (RFC 9147 5.8.2). Such a call is no floor; its time is printed and not counted.
REPEATED_MS = 700

# Moments are counted from the epoch, so that those of two pages can be compared.
_NOTE_MOMENTS = """
(button) => {
  const now = () => performance.timeOrigin + performance.now();
  const remote = document.querySelector('#remote');
  window.firstFrame = new Promise((seen, never) => {
    remote.requestVideoFrameCallback(() => seen(now()));
    setTimeout(() => never(new Error('no picture of the other')), PATIENCE_MS);
  });
  document.querySelector(button)?.addEventListener(
    'click', () => { window.pressedAt = now(); }, {capture: true, once: true});
}
""".replace("PATIENCE_MS", str(PATIENCE_MS))

_BARE = """<!doctype html><title>bare</title><video id="remote" playsinline autoplay></video>
<button id="call">call</button><script>
LINE_OF_THE_FLOOR
const ready = navigator.mediaDevices.getUserMedia(
  {audio: true, video: {width: {ideal: 1280}, height: {ideal: 720}, frameRate: {ideal: 30}}});
let peer = null, early = [];
async function build() {
  peer = new RTCPeerConnection(ICE_OF_THE_FLOOR);
  peer.onicecandidate = ({candidate}) => line.postMessage({candidate: candidate?.toJSON() ?? null});
  peer.ontrack = ({streams: [stream]}) => { remote.srcObject = stream; };
  const stream = await ready;
  for (const track of stream.getTracks()) peer.addTrack(track, stream);
}
async function say() {
  await peer.setLocalDescription();
  line.postMessage({description: peer.localDescription.toJSON()});
}
async function hear({data: {description, candidate}}) {
  if (description) {
    if (peer === null) await build();
    await peer.setRemoteDescription(description);
    for (const one of early.splice(0)) await peer.addIceCandidate(one);
    if (description.type === 'offer') await say();
  } else if (peer?.remoteDescription) await peer.addIceCandidate(candidate ?? undefined);
  else early.push(candidate ?? undefined);
}
let turn = Promise.resolve();
line.onmessage = (event) => { turn = turn.then(() => hear(event)); };
call.onclick = async () => { await build(); await say(); };
Promise.all([ready, opened]).then(() => { window.live = true; });
</script>"""
_SAME_BROWSER = "const line = new BroadcastChannel('bare'), opened = true;"
_OVER_RELAY = """
const socket = new WebSocket(`ws://${location.host}/ws`);
const line = {postMessage: (said) => socket.send(JSON.stringify(said)), onmessage: null};
const opened = new Promise((done) => {
  socket.onopen = () => socket.send(location.hash);
  socket.onmessage = ({data}) =>
    data === 'joined' ? done() : line.onmessage({data: JSON.parse(data)});
});
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Where the calls take place: an installation, the browsers of the two, and the bare page."""

    house: Running
    coach: Browser
    candidate: Browser
    bare: str  # its address


def bare_call(caller: BrowserContext, callee: BrowserContext, address: str) -> float:
    """Milliseconds from the press to the first frame on both sides of a bare call."""
    pages = [context.new_page() for context in (caller, callee)]
    for page in pages:
        page.goto(address)
        page.wait_for_function("window.live", timeout=PATIENCE_MS)
    waited = _press_and_watch(pages[0], pages[1], "#call")
    for page in pages:
        page.close()
    return waited


def our_call(coaches: BrowserContext, candidates: BrowserContext, house: Running) -> float:
    """The same for a talk of ours, from the coach's press on "admit"."""
    address = f"{house.base_url}/talk/{house.meeting}"
    candidate = enter(candidates, address)
    coach = enter(coaches, f"{address}?as=coach")
    coach.wait_for_selector("#admit", state="visible", timeout=PATIENCE_MS)
    waited = _press_and_watch(coach, candidate, "#admit")
    coach.click("#leave")
    for page in (coach, candidate):
        page.wait_for_url("**/done*", timeout=PATIENCE_MS)
        page.close()
    return waited


def _press_and_watch(presses: Page, other: Page, button: str) -> float:
    for page in (presses, other):
        page.evaluate(_NOTE_MOMENTS, button)
    presses.click(button)
    frames = [page.evaluate("() => window.firstFrame") for page in (presses, other)]
    pressed: float = presses.evaluate("() => window.pressedAt")
    return max(frames) - pressed


def measure(scene: Scene, rounds: int, seed: int) -> tuple[float, float]:
    """Medians of `rounds` talks of ours and of bare calls, in an order drawn by `seed`.

    Of the bare calls those count that are within `REPEATED_MS` of the quickest one.
    """
    house = scene.house
    candidates = candidate_window(scene.candidate, house)
    coaches = coach_window(scene.coach, house)
    caller = window(scene.coach)
    callee = caller if scene.candidate is scene.coach else window(scene.candidate)
    dice = random.Random(seed)  # noqa: S311 -- an order, no secret
    # In pairs: the machine is as busy for the one as for the other.
    order = [kind for _ in range(rounds) for kind in dice.sample(("ours", "bare"), 2)]
    bare_call(caller, callee, scene.bare)
    our_call(coaches, candidates, house)
    taken: dict[str, list[float]] = {"ours": [], "bare": []}
    for number, kind in enumerate(order, 1):
        if kind == "ours":
            waited = our_call(coaches, candidates, house)
        else:
            waited = bare_call(caller, callee, f"{scene.bare}#{number}")
        taken[kind].append(waited)
        print(f"{number}/{len(order)} {kind}: {waited:.0f} ms", flush=True)
    slowest = min(taken["bare"]) + REPEATED_MS
    floor = [waited for waited in taken["bare"] if waited < slowest]
    return statistics.median(taken["ours"]), statistics.median(floor)


@contextlib.contextmanager
def scene(way: str, seed: int) -> Iterator[Scene]:
    """The scene of one of `WAYS`.

    Raises:
        NoWeather: not root, or no namespaces, for the way through bad weather.
        FileNotFoundError: Chromium is missing; the text names the command.
    """
    with contextlib.ExitStack() as stack:
        yield _in_weather(stack, seed) if way == "weather" else _indoors(stack, way)


def _indoors(stack: contextlib.ExitStack, way: str) -> Scene:
    path = shutil.which("chromium")
    if path is None:
        raise FileNotFoundError("Chromium is missing: apt-get install chromium")
    urls = stack.enter_context(running_coturn()).urls[:2] if way == "relay" else ()
    house = stack.enter_context(running_installation(**_relay_only(urls)))
    ice = partial(_floor_ice, urls)
    bare = stack.enter_context(_bare_page("127.0.0.1", _SAME_BROWSER, ice))
    (browser,) = stack.enter_context(chromiums(path))
    return Scene(house=house, coach=browser, candidate=browser, bare=bare)


def _in_weather(stack: contextlib.ExitStack, seed: int) -> Scene:
    sky = stack.enter_context(weather(seed=seed))
    house = stack.enter_context(
        running_installation(listen_host="0.0.0.0")  # noqa: S104 -- reached over a device of ours
    )
    bare = stack.enter_context(_bare_page(SERVER, _OVER_RELAY, partial(_floor_ice, ())))
    paths = [sky.wrapped("chromium", line) for line in LINES]
    here = f"--host-resolver-rules=MAP localhost {SERVER}"
    coach, candidate = stack.enter_context(chromiums(*paths, more=(here,)))
    for line in LINES:
        sky.change(line, delay_ms=DELAY_MS, loss=LOSS)
    return Scene(house=house, coach=coach, candidate=candidate, bare=bare)


@contextlib.contextmanager
def _bare_page(host: str, line: str, ice: Callable[[], str]) -> Iterator[str]:
    """Serve the bare page and its relay from a thread; gives the address of the page."""
    text = _BARE.replace("LINE_OF_THE_FLOOR", line)

    async def show(_request: web.Request) -> web.Response:
        return web.Response(text=text.replace("ICE_OF_THE_FLOOR", ice()), content_type="text/html")

    async def begin() -> int:
        await runner.setup()
        await web.TCPSite(runner, host, 0).start()
        return int(runner.addresses[0][1])

    app = relay_app()
    app.router.add_get("/bare", show)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        port = asyncio.run_coroutine_threadsafe(begin(), loop).result()
        yield f"http://localhost:{port}/bare"
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def figures(
    *, small: bool = False, seed: int | None = None, part: str = ""
) -> Iterator[dict[str, Any]]:
    """The figure of joining in each of `WAYS`, or in the one that `part` names; prints the seed.

    Raises:
        NoWeather: not root, or no namespaces, for the way through bad weather.
    """
    rounds = SMALL_ROUNDS if small else ROUNDS
    seed = random.randrange(2**32) if seed is None else seed  # noqa: S311 -- an order, no secret
    print(f"seed {seed}")
    for way in (part,) if part else WAYS:
        yield _figure(way, rounds, seed)


def _figure(way: str, rounds: int, seed: int) -> dict[str, Any]:
    print(f"way: {way}", flush=True)
    began = time.monotonic()
    with scene(way, seed) as found:
        ours, bare = measure(found, rounds, seed)
    goal, told = WAYS[way]
    return {
        "figure": f"press to first picture of the other{told}",
        "unit": "ms",
        "ours": round(ours),
        "beside": f"bare two-page WebRTC call{told}",
        "beside_value": round(bare),
        "ratio": round(ours / bare, 2),
        "goal": f"at most {goal} x",
        "holds": ours <= goal * bare,
        "command": f"{COMMAND} --way {way}",
        "seed": seed,
        "n": rounds,
        "seconds": round(time.monotonic() - began, 1),
    }


def _relay_only(urls: Sequence[str]) -> dict[str, str]:
    """The settings with which a talk of ours uses these relays and nothing else."""
    if not urls:
        return {}
    return {"turn_urls": ",".join(urls), "turn_secret": SECRET, "relay_only": "true"}


def _floor_ice(urls: Sequence[str]) -> str:
    """The configuration of one bare page that uses the same.

    Each page has a login of its own: coturn counts what a name holds, and what a page that was
    closed held stays held for minutes.
    """
    if not urls:
        return "{}"
    username, credential = turn_login(SECRET, secrets.token_hex(8), int(time.time()) + 3600)
    server = {"urls": list(urls), "username": username, "credential": credential}
    return json.dumps({"iceServers": [server], "iceTransportPolicy": "relay"})


if __name__ == "__main__":
    end_together()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--way", nargs="+", choices=tuple(WAYS), default=tuple(WAYS))
    given = parser.parse_args()
    for way in given.way:
        for figure in figures(small=given.small, seed=given.seed, part=way):
            print(json.dumps(figure, indent=1), flush=True)
