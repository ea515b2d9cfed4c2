"""A talk through the relay only: the installation hides addresses, and both see moving pictures."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import Browser, Route, WebSocket

from tests.coturn import HOST, SAFE_TO_TELL, SECRET, Relay, running_coturn
from tests.journeys.conftest import DESK, PHONE
from tests.journeys.installation import Installation, running_house
from tests.journeys.people import talk_now
from tests.journeys.steps import in_the_middle, passes_the_test
from tests.journeys.windows import ChromiumWindow, shown, until

pytestmark = pytest.mark.journey
# On its own: the dotted figures of a seat token are no address.
_ADDRESS = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])")
# Keeps the page's own peer connections, to ask them which way they took.
_KEEP_PEERS = """
window.peers = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(given) { super(CHANGED(given)); window.peers.push(this); }
};
"""
_SELECTED = """
(async () => {
  const stats = new Map(await window.peers.at(-1).getStats());
  const pair = [...stats.values()].find((one) => one.type === 'transport')?.selectedCandidatePairId;
  const taken = stats.get(pair);
  return taken && [taken.localCandidateId, taken.remoteCandidateId].map((id) => stats.get(id))
    .map((one) => [one.candidateType, one.address]);
})()
"""

# Which way a connection of the page takes, each time the page itself looks at it: the look at
# which a picture has come through is its last, and it has the way that the picture took.
_KEEP_WAYS = """
window.ways = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
  async getStats(...given) {
    const found = await super.getStats(...given);
    const stats = new Map(found);
    const way = [...stats.values()].find((one) => one.type === 'transport');
    const pair = stats.get(way?.selectedCandidatePairId);
    const kinds = [pair?.localCandidateId, pair?.remoteCandidateId];
    const told = kinds.map((id) => stats.get(id)?.candidateType);
    window.ways.push([this.getConfiguration().iceTransportPolicy ?? 'all', ...told].join(' '));
    return found;
  }
};
"""


@pytest.fixture(scope="module")
def relay() -> Iterator[Relay]:
    with running_coturn() as running:
        yield running


@pytest.fixture(scope="module")
def hiding_house(relay: Relay, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("hiding")
    urls = ",".join(relay.urls[:2])
    with running_house(folder, turn_urls=urls, turn_secret=SECRET, relay_only="true") as house:
        yield house


class Listened(ChromiumWindow):
    """A window that keeps every frame that the server sent to it."""

    frames: list[str]

    @classmethod
    async def open(cls, chromium: Browser, *, changed: bool = False) -> "Listened":
        """With `changed` its page disobeys, and uses every way it can find."""
        context = await chromium.new_context(viewport=DESK, locale="nl-NL")
        given = "((one) => ({...one, iceTransportPolicy: 'all'}))" if changed else "((one) => one)"
        await context.add_init_script(_KEEP_PEERS.replace("CHANGED", given))
        window = cls(context, await context.new_page())
        window.frames = []
        window.page.on("websocket", window.listen)
        return window

    def listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: self.frames.append(str(frame)))

    def addresses(self) -> set[str]:
        """Every IPv4 address that the server told this page."""
        return set(_ADDRESS.findall(" ".join(self.frames)))

    def kinds(self) -> set[str]:
        """The kinds of all candidates that the server told this page."""
        return set(re.findall(r"candidate:[^\"\\]+ typ (\w+)", "".join(self.frames)))


async def _selected(window: ChromiumWindow) -> Any:  # noqa: ANN401 -- JSON of the page
    return await until(window, _SELECTED)


async def test_talk_goes_through_the_relay_on_both_sides(
    hiding_house: Installation, chromium: Browser
) -> None:
    candidate, coach = await Listened.open(chromium), await Listened.open(chromium)
    async with hiding_house.parts() as parts:
        await in_the_middle(hiding_house, parts, candidate, coach)

    for window in (candidate, coach):
        assert [kind for kind, _ in await _selected(window)] == ["relay", "relay"]
        assert window.kinds() == {"relay"}
        assert window.addresses() <= SAFE_TO_TELL


async def test_changed_page_of_the_coach_still_tells_the_candidate_of_relays_only(
    hiding_house: Installation, chromium: Browser
) -> None:
    candidate = await Listened.open(chromium)
    coach = await Listened.open(chromium, changed=True)
    async with hiding_house.parts() as parts:
        await in_the_middle(hiding_house, parts, candidate, coach)

    local, remote = await _selected(candidate)
    assert [local[0], remote] == ["relay", ["relay", HOST]]
    assert candidate.kinds() == {"relay"}
    assert candidate.addresses() <= SAFE_TO_TELL
    own = await coach.evaluate("window.peers.at(-1).localDescription.sdp")
    assert "typ host" in own


async def test_test_before_the_talk_tries_the_relay_and_tells_when_it_refuses(
    hiding_house: Installation, chromium: Browser
) -> None:
    context = await chromium.new_context(viewport=PHONE, locale="nl-NL")
    await context.add_init_script(_KEEP_WAYS)
    window = ChromiumWindow(context, await context.new_page())
    async with hiding_house.parts() as parts:
        talk = await talk_now(parts, hiding_house.planner)
    mail = await hiding_house.mail_about(talk.pair.email, talk.starts_at)
    await window.goto(f"{hiding_house.invitation_in(mail)}/test")

    await window.page.route("**/test/relay", _with_a_wrong_login)
    await _test_says_yes(window)
    await shown(window, "#test-failed")
    assert "relay relay relay" not in await window.evaluate("window.ways")
    assert await window.evaluate("document.querySelector('#failed-text').textContent") != ""

    await window.page.unroute("**/test/relay")
    await window.press("#again")
    await window.press("#turn-on")
    await passes_the_test(window)
    assert "relay relay relay" in await window.evaluate("window.ways")


async def _test_says_yes(window: ChromiumWindow) -> None:
    """Camera on, and yes to each question; what follows is the trial of the line."""
    await window.press("#turn-on")
    for question in ("#test-see", "#test-speak", "#test-hear"):
        await window.press(f"{question} [data-answer=yes]")


async def _with_a_wrong_login(route: Route) -> None:
    """The relay stands, and lets this one not in."""
    answer = await route.fetch()
    told = await answer.json()
    assert told["ice_servers"], "the house gives no relay to try"
    for server in told["ice_servers"]:
        server["credential"] = "not-the-one"
    await route.fulfill(response=answer, json=told)
