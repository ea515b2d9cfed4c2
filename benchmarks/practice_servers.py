"""The far sides to compare, each a process of its own: our guides, aiortc's usual echo, Janus.

python -m benchmarks.practice_servers guides SOCKET WEB | echo
"""

import asyncio
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import uvloop
from aiohttp import web
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from signaling.practice.desk import make_desk
from signaling.practice.film_file import DEFAULT, read_film
from signaling.practice.guide import Place
from signaling.practice.house import House
from tests.servers import await_port, free_port, stop
from tests.wire.rig import ORIGIN

_JANUS = Path("/usr/lib/x86_64-linux-gnu/janus")


async def guides(socket: str, rooms: str, admit: float = 0.0) -> None:
    """Our own process, as `tweespraak practice` runs it."""
    place = Place(socket=rooms, origin=ORIGIN, film=read_film(DEFAULT), admit_seconds=admit)
    house = House(place, most=200)
    await house.open()
    runner = web.AppRunner(make_desk(house), access_log=None)
    await runner.setup()
    await web.UnixSite(runner, socket).start()
    await asyncio.Event().wait()


async def echo(port: int) -> None:
    """As aiortc's example: the tracks that come in are decoded, encoded and sent back."""
    peers = set()

    async def offer(request: web.Request) -> web.Response:
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        peers.add(peer)
        peer.on("track", peer.addTrack)
        sdp = (await request.json())["sdp"]
        await peer.setRemoteDescription(RTCSessionDescription(sdp=sdp, type="offer"))
        await peer.setLocalDescription(await peer.createAnswer())
        return web.json_response({"sdp": peer.localDescription.sdp})

    app = web.Application()
    app.router.add_post("/offer", offer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


@contextlib.contextmanager
def running_guides(folder: Path, rooms: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Our process; gives it and its socket."""
    socket = folder / "guides.sock"
    process = _start("guides", str(socket), rooms)
    try:
        while not socket.exists():
            assert process.poll() is None
            time.sleep(0.02)
        yield process, str(socket)
    finally:
        stop(process)


@contextlib.contextmanager
def running_echo() -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """The usual echo; gives it and its address."""
    port = free_port()
    process = _start("echo", str(port))
    try:
        await_port(port, process)
        yield process, f"http://127.0.0.1:{port}/offer"
    finally:
        stop(process)


@contextlib.contextmanager
def running_janus(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], str] | None]:
    """Janus with its echo test; None when it is not installed."""
    program = Path("/usr/bin/janus")
    if not program.exists():
        yield None
        return
    port = free_port()
    (folder / "janus.jcfg").write_text(
        f'general: {{ configs_folder = "{folder}"\n plugins_folder = "{_JANUS}/plugins"\n'
        f' transports_folder = "{_JANUS}/transports"\n debug_level = 2 }}\n'
        'plugins: { disable = "libjanus_audiobridge.so,libjanus_nosip.so,libjanus_recordplay.so,'
        "libjanus_sip.so,libjanus_streaming.so,libjanus_textroom.so,libjanus_videocall.so,"
        'libjanus_videoroom.so,libjanus_voicemail.so" }\n'
        'transports: { disable = "libjanus_pfunix.so,libjanus_websockets.so,libjanus_rabbitmq.so,'
        'libjanus_mqtt.so,libjanus_nanomsg.so" }\n'
    )
    (folder / "janus.transport.http.jcfg").write_text(
        f'general: {{ json = "plain"\n base_path = "/janus"\n http = true\n port = {port}\n'
        ' ip = "127.0.0.1"\n https = false }\n'
    )
    with (folder / "janus.log").open("wb") as log:
        process = subprocess.Popen([program, "-F", folder], stdout=log, stderr=log)
    try:
        await_port(port, process)
        yield process, f"http://127.0.0.1:{port}/janus"
    finally:
        stop(process)


def _start(*words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "benchmarks.practice_servers", *words])


def main() -> None:
    """Run one of them until it is ended."""
    match sys.argv[1:]:
        case ["guides", socket, rooms]:
            work = guides(socket, rooms)
        case ["echo", port]:
            work = echo(int(port))
        case other:
            raise SystemExit(json.dumps(other))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)


if __name__ == "__main__":
    main()
