"""Addresses that the house must never speak to, given as a calendar's address: who connects?

The run has a network of its own (`unshare`), in which every address there is leads to canaries:
real sockets that note each connection by the address that was meant. Names come from a real DNS
server that may change its mind. The same addresses are given to an ordinary HTTP client, so that
it is known that the canaries hear.
"""

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.forbidden import ALLOWED_HOST, Case, Town, cases
from benchmarks.leash import end_together
from calendar_sync.caldav_source import CalDavSource
from calendar_sync.caldav_target import CalDavTarget
from calendar_sync.discovery import look

COMMAND = "python -m benchmarks.addresses"
MINIMUM = 250
PATIENCE = 8.0  # seconds for one address in one way
_LOGIN = {"user_name": "anna", "password": "a-password-of-tests"}


async def by_target(url: str) -> None:
    """As the writing of appointments does, three times on one connection."""
    target = CalDavTarget(url, **_LOGIN, allow_private_hosts=(ALLOWED_HOST,), total_seconds=3)
    for _ in range(3):
        await target.check()
    await target.close()


async def by_source(url: str) -> None:
    """As the reading of busy times does, and once more on a new connection."""
    for _ in range(2):
        source = CalDavSource.at(
            url, **_LOGIN, allow_private_hosts=(ALLOWED_HOST,), total_seconds=3
        )
        await source.changes(None)
        await source.listing()
        await source.close()


async def by_look(url: str) -> None:
    """As connecting a calendar does."""
    await look(url, **_LOGIN, allow_private_hosts=(ALLOWED_HOST,), total_seconds=5)


async def by_plain_client(url: str) -> None:
    """As a program without a guard does: it follows what it is told."""
    async with aiohttp.ClientSession() as session, session.get(url, ssl=False) as answer:
        await answer.read()


OURS: tuple[Callable[[str], Awaitable[None]], ...] = (by_target, by_source, by_look)


async def visit(all_cases: list[Case], town: Town, way: Callable[[str], Awaitable[None]]) -> int:
    """Give every address to one client; gives how many requests ended in an exception."""
    raised = 0
    for case in all_cases:
        town.begin(case)
        try:
            await asyncio.wait_for(way(case.url), PATIENCE)
        except Exception:  # noqa: BLE001 -- counted; what matters is who was spoken to
            raised += 1
    return raised


async def inside() -> dict[str, Any]:
    """The measurement, in the network of its own."""
    all_cases = cases()
    async with Town(all_cases) as town:
        await visit(all_cases, town, by_plain_client)
        heard = town.take()
        before = town.allowed_hits
        raised = [await visit(all_cases, town, way) for way in OURS]
        ours = town.take()
    return {
        "cases": len(all_cases),
        "raised": sum(raised),
        "ours": len(ours),
        "ours_at": sorted({f"{url} -> {address}:{port}" for url, address, port in ours}),
        "allowed": town.allowed_hits - before,
        "plain": len(heard),
        "plain_cases": len({url for url, _, _ in heard}),
    }


def run() -> dict[str, Any]:
    """Start the measurement in a network and a view of the file system of its own."""
    for program, package in (("unshare", "util-linux"), ("ip", "iproute2"), ("mount", "mount")):
        if shutil.which(program) is None:
            raise RuntimeError(f"{program} is not here: sudo apt-get install {package}")
    with tempfile.TemporaryDirectory(prefix="tweespraak-addresses-") as name:
        names = Path(name) / "resolv.conf"
        names.write_text("nameserver 127.0.0.53\noptions timeout:2 attempts:1\n")
        services = Path(name) / "nsswitch.conf"
        services.write_text("hosts: files dns\n")
        script = (
            "set -e; ip link set lo up; ip route add local 0.0.0.0/0 dev lo; "
            "ip -6 route add local ::/0 dev lo; "
            f"mount --bind {names} /etc/resolv.conf; mount --bind {services} /etc/nsswitch.conf; "
            f"exec {sys.executable} -m benchmarks.addresses --inside"
        )
        done = subprocess.run(
            ["unshare", "-rmn", "sh", "-c", script],
            check=False,
            capture_output=True,
            text=True,
            env={**os.environ, "NO_COLOR": "1"},
        )
    if done.returncode:
        raise RuntimeError(f"no network of its own could be made: {done.stderr.strip()[-600:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def figures() -> list[dict[str, Any]]:
    """Connections to forbidden addresses, beside those of an ordinary client.

    It holds only when the canaries heard that client in half of the cases, and ours at the public
    address of a name that later leads inside.
    """
    began = time.monotonic()
    found = run()
    for line in found["ours_at"]:
        print(line)
    heard = found["plain_cases"] >= found["cases"] // 2 and found["allowed"] > 0
    return [
        {
            "figure": "connections to forbidden addresses",
            "unit": "connections",
            "ours": found["ours"],
            "beside": "ordinary HTTP client",
            "beside_value": found["plain"],
            "ratio": None,
            "goal": f"0 from {found['cases']} addresses in {len(OURS)} ways",
            "holds": found["ours"] == 0 and found["cases"] >= MINIMUM and heard,
            "command": COMMAND,
            "seed": None,
            "n": found["cases"] * len(OURS),
            "seconds": round(time.monotonic() - began, 1),
        }
    ]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--inside", action="store_true", help="used by the command itself")
    if options.parse_args().inside:
        print(json.dumps(asyncio.run(inside())))
        return
    for figure in figures():
        print(json.dumps(figure))


if __name__ == "__main__":
    end_together()
    main()
