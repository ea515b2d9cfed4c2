"""A talk through the relay only: the installation hides addresses, and both see moving pictures."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import Browser, WebSocket

from tests.coturn import HOST, SAFE_TO_TELL, SECRET, Relay, running_coturn
from tests.journeys.conftest import DESK
from tests.journeys.installation import Installation, running_house
from tests.journeys.steps import in_the_middle
from tests.journeys.windows import ChromiumWindow, until

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
