"""A side whose address is hidden: whatever its page sends, the other side reads of relays only."""

import asyncio
import json
import re
import time
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection

from coaching.words import Role
from signaling.ice import CREDENTIAL_SECONDS, IceConfig, turn_login
from tests.coturn import HOST, SAFE_TO_TELL, SECRET, running_coturn
from tests.wire import rig as rig_module
from tests.wire.peers import Browser
from tests.wire.rig import ICE, Page, People, running

pytestmark = pytest.mark.wire
COACH_ONLY = frozenset({Role.COACH})
OWN = "192.168.7.7"
RELAYED = f"candidate:1 1 udp 9 {HOST} 50000 typ relay raddr {OWN} rport 4444"
HOST_LINE = f"candidate:2 1 udp 9 {OWN} 50000 typ host"
SDP = (
    f"v=0\r\no=- 1 2 IN IP4 {OWN}\r\ns=-\r\nt=0 0\r\nm=audio 5 UDP/TLS/RTP/SAVPF 111\r\n"
    f"c=IN IP4 {OWN}\r\na=rtcp:5 IN IP4 {OWN}\r\na=mid:0\r\na=ice-ufrag:abcd\r\na=setup:actpass\r\n"
    f"a=fingerprint:sha-256 {':'.join(['AB'] * 32)}\r\na={HOST_LINE}\r\na={RELAYED}\r\n"
)


def _addresses(page: Page) -> set[str]:
    # Not the figures of a seat token, which stand between other letters and dots.
    pattern = r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])"
    return set(re.findall(pattern, json.dumps(page.heard)))


async def _says_where_it_is(page: Page) -> None:
    """What a changed page could send, in the browser's own form and in another one."""
    place = {"sdpMid": "0", "sdpMLineIndex": 0, "usernameFragment": "abcd"}
    for line in (HOST_LINE, RELAYED):
        for gaps in ((",", ":"), (", ", ": ")):
            told = {"type": "candidate", "epoch": 1, "candidate": {"candidate": line, **place}}
            await page.socket.send_str(json.dumps(told, separators=gaps))
    offer = {"type": "offer", "sdp": SDP}
    told = {"type": "description", "epoch": 1, "description": offer}
    await page.socket.send_str(json.dumps(told, separators=(",", ":")))


async def test_of_a_hidden_coach_only_relays_get_through_and_of_the_candidate_all() -> None:
    people = People(hidden=COACH_ONLY)
    async with running() as rig:
        coach, candidate = await rig.talk(people)
        starts = {page: page.heard[-1] for page in (coach, candidate)}
        await _says_where_it_is(coach)
        await _says_where_it_is(candidate)
        for page in (coach, candidate):
            await page.until_pong()
            await page.until_pong(2)

    assert [starts[page]["relay_only"] for page in (coach, candidate)] == [True, False]
    assert _addresses(candidate) == SAFE_TO_TELL
    lines = [m["candidate"]["candidate"] for m in candidate.heard if m["type"] == "candidate"]
    assert lines == [RELAYED.replace(f"raddr {OWN} rport 4444", "raddr 0.0.0.0 rport 9")] * 2
    assert [m["description"]["sdp"] for m in coach.heard if m["type"] == "description"] == [SDP]
    assert OWN in _addresses(coach)


async def test_coach_stays_hidden_after_resume_reload_and_on_another_device() -> None:
    people = People(hidden=COACH_ONLY)
    async with running() as rig:
        device = uuid4()
        coach, candidate = await rig.talk(people, (device, uuid4()))
        await coach.socket.close()
        back = await rig.resume(coach.token, 1)
        await back.hear("welcome")
        await _says_where_it_is(back)
        other = await rig.knock(people.ticket(Role.COACH, uuid4()))
        await other.hear("second_device")
        await other.say("take_over")
        await other.say("camera", live=True, verdict=None)
        start = await other.hear("start")
        await candidate.hear("start")
        await other.say(
            "candidate",
            epoch=start["epoch"],
            candidate={"candidate": HOST_LINE, "sdpMid": "0", "sdpMLineIndex": 0,
                       "usernameFragment": None},
        )  # fmt: skip
        await other.until_pong()
        await candidate.until_pong()

    assert start["relay_only"]
    assert OWN not in _addresses(candidate)


async def test_installation_that_became_relay_only_hides_who_comes_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    people = People()
    async with running() as rig:
        coach, candidate = await rig.talk(people)
        await asyncio.gather(coach.closed(), candidate.closed(), rig.stop())
        hiding = IceConfig(turn_urls=ICE.turn_urls, turn_secret=ICE.turn_secret, relay_only=True)
        monkeypatch.setattr(rig_module, "ICE", hiding)
        await rig.start()
        coach = await rig.resume(coach.token, 1)
        candidate = await rig.resume(candidate.token, 1)
        for page in (coach, candidate):
            await page.hear("welcome")
        await _says_where_it_is(coach)
        await coach.until_pong()
        await candidate.until_pong()

    assert OWN not in _addresses(candidate)


async def test_credentials_are_fresh_at_start_and_before_each_restart_and_name_nobody() -> None:
    people, clock = People(), _Clock()
    async with running(clock=clock) as rig:
        coach, candidate = await rig.talk(people)
        given = [page.heard[-1]["ice_servers"][-1] for page in (coach, candidate)]
        clock.seconds += 500
        await coach.say("renew_ice")
        given.append((await coach.hear("ice_servers"))["ice_servers"][-1])
        clock.seconds += 500
        await coach.say("restart", epoch=1)
        given.append((await coach.hear("start"))["ice_servers"][-1])

    begun = clock.seconds - 1000
    ends = [int(one["username"].split(":")[0]) for one in given]
    assert [end - begun - CREDENTIAL_SECONDS for end in ends] == [0, 0, 500, 1000]
    names = [one["username"].split(":")[1] for one in given]
    assert names[0] == names[2] == names[3] != names[1]
    for end, name, one in zip(ends, names, given, strict=True):
        assert re.fullmatch(r"[0-9a-f]{16}", name)
        assert turn_login(ICE.turn_secret, name, end) == (one["username"], one["credential"])
    ids = json.dumps([str(people.meeting), str(people.coach), str(people.candidate)])
    assert not any(name in ids.replace("-", "") for name in names)


class _Clock:
    def __init__(self) -> None:
        self.seconds = int(time.time())

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)


class Relaying(Browser):
    """A peer that may use the relay of its `start`, beside its own addresses."""

    def make_peer(self, start: dict[str, Any]) -> RTCPeerConnection:
        servers = [
            RTCIceServer(urls=s["urls"][0], username=s["username"], credential=s["credential"])
            for s in start["ice_servers"]
            if s["username"]
        ]
        return RTCPeerConnection(RTCConfiguration(iceServers=servers))


async def test_two_peers_see_each_other_through_coturn_and_no_frame_tells_where_the_coach_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with running_coturn() as relay:
        config = IceConfig(turn_urls=relay.urls[:1], turn_secret=SECRET)
        monkeypatch.setattr(rig_module, "ICE", config)
        async with running() as rig:
            people = People(hidden=frozenset(Role))
            candidate = await rig.sit(people, Role.CANDIDATE)
            await candidate.say("camera", live=True, verdict=None)
            coach = await rig.sit(people, Role.COACH)
            await coach.say("camera", live=True, verdict=None)
            await coach.until_pong()
            await coach.say("admit")
            two = Relaying(coach), Relaying(candidate)
            await asyncio.gather(*(browser.begin() for browser in two))
            await asyncio.gather(*(browser.sees() for browser in two))
            await asyncio.gather(*(browser.close() for browser in two))

    for page in (coach, candidate):
        assert _addresses(page) <= SAFE_TO_TELL
        lines = re.findall(r"candidate:[^\\]+ typ (\w+)", json.dumps(page.heard))
        assert lines
        assert {*lines} == {"relay"}
