"""What strangers and liars do to practice talks: stray datagrams, mutated descriptions."""

import asyncio
import json
import random
import socket
import sys
import time
from contextlib import AsyncExitStack
from typing import Any

from benchmarks.practice_load import Guided, guided, idle_beside, tell
from benchmarks.practice_pages import Page
from signaling.grammar import BadMessage, parse
from signaling.practice.film import Clip

SEED = 5
_COOKIE = b"\x21\x12\xa4\x42"
STRAYS = (
    b"",
    b"\0",
    b"\x00\x01\x00\x00" + _COOKIE + bytes(12),  # a check of ICE without integrity
    b"\x01\x01\x00\x00" + _COOKIE + bytes(12),
    b"\x15\xfe\xfd" + bytes(8) + b"\x00\x02\x02\x28",  # a fatal alert of DTLS
    b"\x16\xfe\xff" + bytes(60),  # a handshake of DTLS
    b"\x80\x60" + bytes(100),  # RTP
    b"\x80\xc8\x00\x06" + bytes(24),  # RTCP
)
_AT_ONCE = 40  # datagrams; then the receiver gets a breath, so that its kernel drops few
_BREATH = 0.0005
_A_SECOND = 40_000
_TOGETHER = 10  # calls
_AT_A_SITTING = 50  # messages of one socket, of the sixty that it may say at once
_MOST_MALFORMED = 2  # the third that is no message at all closes the socket
_LIARS = 4


class Sprayer:
    """A process of its own that sends strays, so that they come while the others work."""

    async def start(self) -> "Sprayer":
        """Start it; `stop` it at the end."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "benchmarks.practice_hostile",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        return self

    async def spray(self, offer: str, number: int) -> int:
        """Send `number` strays to each port that an offer names; how many that were in all."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = json.dumps({"places": _places(offer), "number": number})
        self._process.stdin.write(order.encode() + b"\n")
        answer = await self._process.stdout.readline()
        return int(answer)

    async def stop(self) -> None:
        """End it."""
        self._process.kill()
        await self._process.wait()


def spray_as_told() -> None:
    """The sprayer itself: an order a line in, how many were sent out."""
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for line in sys.stdin:
        order = json.loads(line)
        places = [(host, port) for host, port in order["places"]]
        began, sent = time.monotonic(), 0
        for turn in range(order["number"]):
            for place in places:
                sender.sendto(STRAYS[turn % len(STRAYS)], place)
                sent += 1
            if sent % _AT_ONCE < len(places):
                time.sleep(max(_BREATH, began + sent / _A_SECOND - time.monotonic()))
        print(sent, flush=True)


def _places(offer: str) -> list[tuple[str, int]]:
    lines = [line.split(" ") for line in offer.splitlines() if line.startswith("a=candidate")]
    return sorted({(one[4], int(one[5])) for one in lines if ":" not in one[4]})


def _dropped(ports: set[int]) -> int:
    """What the kernel dropped at these ports, because nobody took it in time."""
    lines = open("/proc/net/udp").read().splitlines()[1:]  # noqa: SIM115 -- no file
    rows = (line.split() for line in lines)
    return sum(int(row[-1]) for row in rows if int(row[1].split(":")[1], 16) in ports)


async def strays(clip: Clip, calls: int, a_port: int) -> dict[str, float]:
    """How many of so many calls are lost to `a_port` datagrams at each port.

    A third comes before the page answers, a third while the two connect, a third afterwards. Ten
    calls go on at a time: a machine that is busy with other things could not hold fifty at all.
    """
    async with AsyncExitStack() as stack:
        (house,) = await stack.enter_async_context(guided(clip))
        sprayer = await Sprayer().start()
        stack.push_async_callback(sprayer.stop)
        third, sent = -(-a_port // 3), 0
        offers: list[str] = []

        async def spray(offer: str) -> None:
            nonlocal sent
            sent += await sprayer.spray(offer, third)

        async def first(offer: str) -> None:
            offers.append(offer)
            await spray(offer)

        failed = lost = dropped = 0
        for begun in range(0, calls, _TOGETHER):
            offers.clear()
            for number in range(begun, min(begun + _TOGETHER, calls)):
                try:
                    await house.join(before=first, during=spray)
                except (TimeoutError, AssertionError, ConnectionError) as error:
                    failed += 1
                    tell(f"call {number + 1} did not come about: {error!r}")
            for offer in offers:
                await spray(offer)
            dropped += _dropped({port for offer in offers for _, port in _places(offer)})
            lost += await _silent(house)
            await house.leave()
            tell(f"strays: {number + 1} of {calls} calls, {failed + lost} lost, {sent} sent")
    return {"lost": failed + lost, "sent": sent, "dropped": dropped, "calls": calls}


async def _silent(house: Guided) -> int:
    """How many pages do not see themselves any more when they ask for it."""
    await house.mirror(5)
    counts = [len(page.pictures) for page in house.pages]
    await house.mirror(5)
    silent = [len(page.pictures) == was for page, was in zip(house.pages, counts, strict=True)]
    if any(silent):
        tell(f"silent: {[number for number, one in enumerate(silent, 1) if one]}")
    return sum(silent)


def mutated(text: str, chance: random.Random) -> str:
    """A description or candidate with a few things changed, by somebody who looks for holes."""
    lines = text.split("\r\n")
    for _ in range(chance.randrange(1, 6)):
        place = chance.randrange(len(lines))
        match chance.randrange(6):
            case 0:
                del lines[place]
            case 1:
                lines.insert(place, chance.choice(lines))
            case 2:
                lines[place] = lines[place][: chance.randrange(len(lines[place]) + 1)]
            case 3:
                word = chance.choice(("0", "-1", "99999999999", "", "a", "%s", "\0", "é", " "))
                lines[place] = lines[place].replace(chance.choice("0123456789 :=/"), word)
            case 4:
                lines[place : place + 1] = [lines[place]] * chance.choice((2, 40, 400))
            case _:
                lines[place] = "".join(chance.sample(lines[place], len(lines[place])))
        lines = lines or ["v=0"]
    return "\r\n".join(lines)[:60_000]  # a frame has 64 KiB


_CANDIDATE = "candidate:1 1 udp 2130706431 127.0.0.1 9 typ host generation 0 ufrag abcd"


def _hostile(good: str, epoch: int, chance: random.Random) -> dict[str, Any]:
    """One message of a liar."""
    if chance.randrange(4) == 0:
        line = {"candidate": mutated(_CANDIDATE, chance), "sdpMid": "0", "sdpMLineIndex": 0}
        return {"type": "candidate", "epoch": epoch, "candidate": line}
    sdp = good if chance.randrange(50) == 0 else mutated(good, chance)
    description = {"type": chance.choice(("answer", "answer", "offer")), "sdp": sdp}
    return {"type": "description", "epoch": epoch, "description": description}


class Liar:
    """Sits down again and again, and says what no browser would."""

    def __init__(self, house: Guided, clip: Clip, seed: int) -> None:
        self.sent = self.passed_on = 0
        self._house, self._clip = house, clip
        self._chance = random.Random(seed)  # noqa: S311 -- a game of chance

    async def sit(self, messages: int) -> None:
        """Say so many messages to one guide, and go."""
        signal, heard = await self._house.sit()
        good = await Page(self._clip).answer(heard["description"]["sdp"])
        malformed = refused = 0
        for _ in range(messages):
            frame, code = self._frame(good, heard["epoch"])
            while code == "bad_message" and malformed == _MOST_MALFORMED:
                frame, code = self._frame(good, heard["epoch"])
            malformed += code == "bad_message"
            refused += code != ""
            await signal.socket.send_str(frame)
        answers = await signal.until_pong()
        assert answers.count("error") == refused, answers
        self.sent += messages
        self.passed_on += messages - refused
        await signal.say("leave")
        await signal.socket.close()

    def _frame(self, good: str, epoch: int) -> tuple[str, str]:
        """A message, and why the server will not pass it on; empty: it will."""
        frame = json.dumps(_hostile(good, epoch, self._chance))
        try:
            parse(frame)
        except BadMessage as refused:
            return frame, str(refused.code)
        return frame, ""


async def mutations(clip: Clip, messages: int) -> dict[str, float]:
    """How often others of the process wait too long while liars send so many messages.

    A loop that does nothing runs on the same core: its stalls are those of a busy machine.
    """
    async with guided(clip) as (house,), idle_beside() as idle:
        others = [await house.join() for _ in range(2)]
        liars = [Liar(house, clip, SEED + number) for number in range(_LIARS)]
        await asyncio.gather(house.ask("/lag"), idle())  # what came before does not count
        for turn in range(messages // _LIARS // _AT_A_SITTING):
            await asyncio.gather(*(liar.sit(_AT_A_SITTING) for liar in liars))
            if turn % 10 == 0:
                sent = sum(liar.sent for liar in liars)
                tell(f"mutations: {sent} of {messages}")
        lag, floor = await house.ask("/lag"), await idle()
        lost = await _silent(house)
        assert len(others) == len(house.pages)
    tell(f"mutations: longest stall {lag['longest_ms']:.0f} ms, own work {lag['own_ms']:.0f} ms")
    return {
        "over": lag["over"] + lost,
        "lost": lost,
        "idle_over": floor["over"],
        "idle_longest_ms": floor["longest_ms"],
        "longest_ms": lag["longest_ms"],
        "own_ms": lag["own_ms"],
        "own_over": lag["own_over"],
        "sent": sum(liar.sent for liar in liars),
        "passed_on": sum(liar.passed_on for liar in liars),
    }


if __name__ == "__main__":
    spray_as_told()
