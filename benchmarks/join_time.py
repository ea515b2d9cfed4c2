"""From the last press to the first picture of the other, beside a bare WebRTC call.

Both sides wait with a live camera; the coach presses "admit" (ours), or a script "call" (bare: two
pages, offer and answer over a BroadcastChannel, nothing else). Counted until both sides drew the
first frame of the other, in the same Chromium, in turns.
"""

import argparse
import contextlib
import json
import random
import statistics
import time
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from benchmarks.installation import Running, running_installation
from benchmarks.two_windows import (
    PATIENCE_MS,
    candidate_window,
    chromium,
    coach_window,
    enter,
)
from signaling.ice import turn_login
from tests.coturn import SECRET, Relay, running_coturn

COMMAND = "python -m benchmarks.join_time"
GOAL = 1.5
RELAY_GOAL = 2.0
ROUNDS = 12
SMALL_ROUNDS = 3
BARE_ADDRESS = "http://localhost/bare"

# Moments are counted from the epoch, so that those of two pages can be compared.
_NOTE_MOMENTS = """
(button) => {
  const now = () => performance.timeOrigin + performance.now();
  const remote = document.querySelector('#remote');
  window.firstFrame = new Promise((seen) => remote.requestVideoFrameCallback(() => seen(now())));
  document.querySelector(button)?.addEventListener(
    'click', () => { window.pressedAt = now(); }, {capture: true, once: true});
}
"""

_BARE = """<!doctype html><title>bare</title><video id="remote" playsinline autoplay></video>
<button id="call">call</button><script>
const line = new BroadcastChannel('bare');
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
window.live = ready.then(() => true);
</script>"""


def bare_call(context: BrowserContext) -> float:
    """Milliseconds from the press to the first frame on both sides of a bare call."""
    caller, callee = context.new_page(), context.new_page()
    for page in (caller, callee):
        page.goto(BARE_ADDRESS)
        page.evaluate("() => window.live")
    waited = _press_and_watch(caller, callee, "#call")
    caller.close()
    callee.close()
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


def measure(
    browser: Browser, house: Running, rounds: int, seed: int, *, ice: str = "{}"
) -> tuple[float, float]:
    """Medians of `rounds` talks of ours and as many bare calls, in an order drawn by `seed`.

    `ice` is the configuration of a bare peer connection, as JSON.
    """
    candidates, coaches = candidate_window(browser, house), coach_window(browser, house)
    bare = browser.new_context()
    page = _BARE.replace("ICE_OF_THE_FLOOR", ice)
    bare.route(BARE_ADDRESS, lambda route: route.fulfill(body=page, content_type="text/html"))
    order = [kind for kind in ("ours", "bare") for _ in range(rounds)]
    random.Random(seed).shuffle(order)  # noqa: S311 -- an order, no secret
    bare_call(bare)
    our_call(coaches, candidates, house)
    taken: dict[str, list[float]] = {"ours": [], "bare": []}
    for kind in order:
        waited = bare_call(bare) if kind == "bare" else our_call(coaches, candidates, house)
        taken[kind].append(waited)
    return statistics.median(taken["ours"]), statistics.median(taken["bare"])


def figures(
    *, small: bool = False, seed: int | None = None, relay: bool = False
) -> list[dict[str, Any]]:
    """The figure of joining, with `relay` through one coturn on both; prints the seed."""
    rounds = SMALL_ROUNDS if small else ROUNDS
    seed = random.randrange(2**32) if seed is None else seed  # noqa: S311 -- an order, no secret
    print(f"seed {seed}")
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        settings, ice = _through(stack.enter_context(running_coturn())) if relay else ({}, "{}")
        house = stack.enter_context(running_installation(**settings))
        browser = stack.enter_context(chromium())
        ours, bare = measure(browser, house, rounds, seed, ice=ice)
    goal = RELAY_GOAL if relay else GOAL
    way = " through the relay" if relay else ""
    return [
        {
            "figure": f"press to first picture of the other{way}",
            "unit": "ms",
            "ours": round(ours),
            "beside": f"bare two-page WebRTC call{way}",
            "beside_value": round(bare),
            "ratio": round(ours / bare, 2),
            "goal": f"at most {goal} x",
            "holds": ours <= goal * bare,
            "command": f"{COMMAND} --relay" if relay else COMMAND,
            "seed": seed,
            "n": rounds,
            "seconds": round(time.monotonic() - began, 1),
        }
    ]


def _through(relay: Relay) -> tuple[dict[str, str], str]:
    """The settings of ours and the configuration of a bare call that both use only this relay."""
    urls = list(relay.urls[:2])
    username, credential = turn_login(SECRET, "floor", int(time.time()) + 3600)
    server = {"urls": urls, "username": username, "credential": credential}
    settings = {"turn_urls": ",".join(urls), "turn_secret": SECRET, "relay_only": "true"}
    return settings, json.dumps({"iceServers": [server], "iceTransportPolicy": "relay"})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--relay", action="store_true", help="both through one coturn")
    given = parser.parse_args()
    print(json.dumps(figures(small=given.small, seed=given.seed, relay=given.relay), indent=1))
