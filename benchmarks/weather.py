"""Bad networks on one machine: two people behind lines of their own, and a server between them.

Each person sits in a network namespace with a TUN device; every packet goes through this module,
which drops, delays, slows and cuts. It is done here and not by `tc netem`, which many kernels do
not carry, so that the same weather can be had on every machine where one is root.

with weather() as sky:
    sky.wrapped("chromium", "a")      # a program that runs behind line "a"
    sky.change("a", loss=0.2, delay_ms=75)
"""

import contextlib
import errno
import fcntl
import heapq
import json
import os
import random
import select
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SERVER = "10.213.0.1"  # where the programs of this machine are reached from behind a line
LINES = ("a", "b")
_NET = {0: "server", 1: "a", 2: "b"}  # third number of an address: behind which line it is
_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
_QUEUE_SECONDS = 0.3  # what a slow line keeps before it drops
_RST_ACK = 0x14
_TCP = 6
_MOST = 65_535


class NoWeather(Exception):
    """This machine gives no namespaces or TUN devices; the text says what to do."""


@dataclass(slots=True)
class Line:
    """What a line does to each packet, in each direction."""

    loss: float = 0.0  # 0 to 1
    delay_ms: float = 0.0  # one way
    kbps: float = 0.0  # 0: as fast as it can
    dark: bool = False  # nothing passes
    cut: bool = False  # every stream is broken off at its next packet
    free_at: dict[bool, float] = field(default_factory=dict)  # when the slow line is free again

    def due(self, size: int, now: float, dice: random.Random, *, up: bool) -> float | None:
        """When a packet of `size` bytes that came at `now` has passed; None: never."""
        if self.dark or dice.random() < self.loss:
            return None
        passed = now
        if self.kbps:
            begins = max(now, self.free_at.get(up, 0.0))
            if begins - now > _QUEUE_SECONDS:
                return None
            passed = self.free_at[up] = begins + size * 8 / (self.kbps * 1000)
        return passed + self.delay_ms / 1000


@dataclass(frozen=True, slots=True)
class Sky:
    """The running weather."""

    process: subprocess.Popen[bytes]
    folder: Path
    mark: str

    def change(self, line: str, **conditions: float | bool) -> None:
        """Give a line these conditions, and no others, from now on."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([line, conditions]).encode() + b"\n")
        self.process.stdin.flush()

    def move(self, line: str, number: int) -> None:
        """Give whoever is behind a line another address, as a phone that leaves the house."""
        name = f"{self.mark}{line}"
        third = LINES.index(line) + 1
        _ip("-n", name, "addr", "flush", "dev", f"road{line}")
        _ip("-n", name, "addr", "add", f"10.213.{third}.{number}/16", "dev", f"road{line}")

    def wrapped(self, program: str, line: str) -> str:
        """The path of a program that runs `program` behind this line."""
        path = self.folder / f"{Path(program).name}-{line}"
        found = shutil.which(program)
        if found is None:
            raise FileNotFoundError(f"{program} is missing: apt-get install {program}")
        path.write_text(f'#!/bin/sh\nexec ip netns exec {self.mark}{line} {found} "$@"\n')
        path.chmod(0o755)
        return str(path)


@contextlib.contextmanager
def weather(*, seed: int = 0) -> Iterator[Sky]:
    """Two lines, both fine at first.

    Raises:
        NoWeather: not root, or this machine has no namespaces or TUN devices.
    """
    if os.geteuid() != 0:
        raise NoWeather("this figure needs network namespaces: run it as root, or leave it out")
    mark = f"sky{os.getpid()}"
    with (
        tempfile.TemporaryDirectory(prefix="tweespraak-sky-") as folder,
        contextlib.ExitStack() as s,
    ):
        roads = [_tun(f"road{name}") for name in ("s", *LINES)]
        for road in roads:
            s.callback(os.close, road)
        _up("roads", f"{SERVER}/16")
        for third, line in enumerate(LINES, 1):
            _ip("netns", "add", f"{mark}{line}")
            s.callback(_ip, "netns", "del", f"{mark}{line}")
            _ip("link", "set", f"road{line}", "netns", f"{mark}{line}")
            _ip("-n", f"{mark}{line}", "link", "set", "lo", "up")
            _up(f"road{line}", f"10.213.{third}.2/16", inside=f"{mark}{line}")
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.weather", str(seed), *map(str, roads)],
            stdin=subprocess.PIPE,
            pass_fds=roads,
        )
        s.callback(_end, process)
        yield Sky(process, Path(folder), mark)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    process.wait(10)


def _tun(name: str) -> int:
    try:
        road = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(road, _TUNSETIFF, struct.pack("16sH", name.encode(), _IFF_TUN | _IFF_NO_PI))
    except OSError as refused:
        if refused.errno == errno.EBUSY:
            raise NoWeather("another figure makes weather on this machine now") from refused
        raise NoWeather(f"this machine gives no TUN device: {refused}") from refused
    return road


def _up(device: str, address: str, *, inside: str | None = None) -> None:
    where = ("-n", inside) if inside else ()
    _ip(*where, "addr", "add", address, "dev", device)
    _ip(*where, "link", "set", device, "mtu", "1400", "up")
    if inside:
        _ip(*where, "route", "add", "default", "dev", device)


def _ip(*words: str) -> None:
    try:
        subprocess.run(["ip", *words], check=True, capture_output=True)
    except FileNotFoundError:
        raise NoWeather("ip is missing: apt-get install iproute2") from None
    except subprocess.CalledProcessError as refused:
        raise NoWeather(f"ip {' '.join(words)}: {refused.stderr.decode().strip()}") from refused


class Router:
    """Takes every packet from one device to another, as the lines on its way allow."""

    def __init__(self, roads: dict[str, int], dice: random.Random) -> None:
        self.roads = roads
        self.lines = {name: Line() for name in LINES}
        self._dice = dice
        self._due: list[tuple[float, int, int, bytes]] = []
        self._count = 0

    def arrived(self, source: str, packet: bytes, now: float) -> None:
        """A packet came from the device of `source`."""
        if packet[0] >> 4 != 4 or packet[16:18] != b"\x0a\xd5":
            return
        target = _NET.get(packet[18])
        if target is None:
            return
        on_the_way = [(self.lines[n], n == source) for n in (source, target) if n in self.lines]
        if packet[9] == _TCP and any(line.cut for line, _ in on_the_way):
            self._send(source, broken_off(packet), now)
            return
        due = now
        for line, up in on_the_way:
            passed = line.due(len(packet), due, self._dice, up=up)
            if passed is None:
                return
            due = passed
        self._send(target, packet, due)

    def _send(self, target: str, packet: bytes, due: float) -> None:
        self._count += 1  # keeps the order of packets that are due at once
        heapq.heappush(self._due, (due, self._count, self.roads[target], packet))

    def deliver(self, now: float) -> float:
        """Hand over what is due; the seconds until the next, at most one."""
        while self._due and self._due[0][0] <= now:
            _, _, road, packet = heapq.heappop(self._due)
            with contextlib.suppress(OSError):  # a device whose buffer is full drops, as they do
                os.write(road, packet)
        return min(1.0, max(0.0, self._due[0][0] - now)) if self._due else 1.0


def broken_off(packet: bytes) -> bytes:
    """The TCP reset with which a middle box answers a segment (RFC 9293 3.5.2)."""
    head = (packet[0] & 15) * 4
    source, target = packet[12:16], packet[16:20]
    ports = packet[head + 2 : head + 4] + packet[head : head + 2]
    acknowledged = packet[head + 8 : head + 12]
    seen = int.from_bytes(packet[head + 4 : head + 8]) + 1
    segment = (
        ports + acknowledged + struct.pack("!IBBHHH", seen & 0xFFFFFFFF, 80, _RST_ACK, 0, 0, 0)
    )
    pseudo = target + source + struct.pack("!HH", _TCP, len(segment))
    segment = segment[:16] + struct.pack("!H", _checksum(pseudo + segment)) + segment[18:]
    ip = struct.pack("!BBHHHBBH", 69, 0, 20 + len(segment), 0, 0, 64, _TCP, 0) + target + source
    return ip[:10] + struct.pack("!H", _checksum(ip)) + ip[12:] + segment


def _checksum(data: bytes) -> int:
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > _MOST:
        total = (total & _MOST) + (total >> 16)
    return total ^ _MOST


def _route(router: Router) -> None:
    """Carry packets until nobody tells of the weather any more."""
    # Before all that is only busy: late packets would be weather that nobody asked for.
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    names = {road: name for name, road in router.roads.items()}
    told = sys.stdin.fileno()
    wait = 1.0
    while True:
        ready, _, _ = select.select([*names, told], [], [], wait)
        for one in ready:
            if one == told:
                if not (said := os.read(told, 4096)):
                    return
                for line in said.splitlines():
                    name, conditions = json.loads(line)
                    router.lines[name] = Line(**conditions)
                continue
            with contextlib.suppress(BlockingIOError):
                for _ in range(64):
                    router.arrived(names[one], os.read(one, _MOST), time.monotonic())
        wait = router.deliver(time.monotonic())


if __name__ == "__main__":
    _seed, *_roads = map(int, sys.argv[1:])
    _route(Router(dict(zip(("server", *LINES), _roads, strict=True)), random.Random(_seed)))  # noqa: S311 -- weather
