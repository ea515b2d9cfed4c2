"""The far sides to compare, each a process of its own: our guides, aiortc's usual echo, Janus.

python -m benchmarks.practice_servers guides SOCKET WEB | idle SOCKET | echo PORT | player PORT
"""

import asyncio
import contextlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import uvloop
from aiohttp import web
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaBlackhole, MediaPlayer

from benchmarks.practice_pages import use_one_address
from server.demo.installation import free_port
from server.serving import IN_A_PRACTICE, let_the_house_rest
from signaling.practice.desk import make_desk
from signaling.practice.film_file import DEFAULT, read_film
from signaling.practice.guide import Place
from signaling.practice.house import House
from tests.servers import await_port, stop
from tests.wire.rig import ORIGIN

STALL_MS = 100  # what the others of a process may wait for one of them
_LOOK_SECONDS = 0.01
_JANUS = Path("/usr/lib/x86_64-linux-gnu/janus")


async def guides(path: str, rooms: str, admit: float = 0.0) -> None:
    """Our own process, as `tweespraak practice` runs it."""
    use_one_address()
    place = Place(socket=rooms, origin=ORIGIN, film=read_film(DEFAULT), admit_seconds=admit)
    house = House(place, most=200)
    await house.open()
    desk, lag = make_desk(house), Lag()
    desk.router.add_get("/lag", lag.answer)
    runner = web.AppRunner(desk, access_log=None)
    await runner.setup()
    minding = asyncio.create_task(lag.mind())
    let_the_house_rest(IN_A_PRACTICE)
    await web.UnixSite(runner, path).start()
    await minding


async def idle(path: str) -> None:
    """A loop that does nothing but look how late it is: what the machine itself costs."""
    lag, app = Lag(), web.Application()
    app.router.add_get("/lag", lag.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    minding = asyncio.create_task(lag.mind())
    await web.UnixSite(runner, path).start()
    await minding


class Lag:
    """How late the event loop of this process was: what everybody in it notices."""

    def __init__(self) -> None:
        self._longest = self._own = 0.0
        self._over = self._own_over = 0

    async def mind(self) -> None:
        """Look a hundred times a second whether one is called in time, without end."""
        loop = asyncio.get_running_loop()
        while True:
            at, used = loop.time(), time.thread_time()
            await asyncio.sleep(_LOOK_SECONDS)
            late = (loop.time() - at - _LOOK_SECONDS) * 1000
            own = (time.thread_time() - used) * 1000
            self._over += late > STALL_MS
            self._own_over += own > STALL_MS
            self._longest, self._own = max(late, self._longest), max(own, self._own)

    async def answer(self, _request: web.Request) -> web.Response:
        """The longest stall since this was asked last, and how many were too long.

        `own`: by work of this process, also on a machine that is busy with others.
        """
        found = {
            "longest_ms": self._longest,
            "over": self._over,
            "own_ms": self._own,
            "own_over": self._own_over,
        }
        self._longest = self._own = 0.0
        self._over = self._own_over = 0
        return web.json_response(found)


async def echo(port: int) -> None:
    """As aiortc's example: the tracks that come in are decoded, encoded and sent back."""
    use_one_address()
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
    await _serve(app, port)


_PAGE = """<!doctype html><title>example</title><video id="remote" playsinline autoplay></video>
<button id="call">call</button><script>
const ready = navigator.mediaDevices.getUserMedia(
  {audio: true, video: {width: {ideal: 1280}, height: {ideal: 720}, frameRate: {ideal: 30}}});
window.live = ready.then(() => true);
call.onclick = async () => {
  const peer = new RTCPeerConnection();
  peer.ontrack = ({streams: [stream]}) => { remote.srcObject = stream; };
  const stream = await ready;
  for (const track of stream.getTracks()) peer.addTrack(track, stream);
  await peer.setLocalDescription();
  await new Promise((done) => {
    const look = () => peer.iceGatheringState === 'complete' && done();
    peer.onicegatheringstatechange = look;
    look();
  });
  const body = JSON.stringify({sdp: peer.localDescription.sdp});
  const answer = await fetch('/offer', {method: 'POST', body});
  await peer.setRemoteDescription({type: 'answer', sdp: (await answer.json()).sdp});
};
</script>"""


async def player(port: int) -> None:
    """As aiortc's example server: a film is played to all who call, the rest is thrown away."""
    peers = set()

    async def offer(request: web.Request) -> web.Response:
        peer, hole = RTCPeerConnection(RTCConfiguration(iceServers=[])), MediaBlackhole()
        film = MediaPlayer(str(DEFAULT), loop=True)
        peers.add((peer, hole, film))
        peer.on("track", hole.addTrack)
        sdp = (await request.json())["sdp"]
        await peer.setRemoteDescription(RTCSessionDescription(sdp=sdp, type="offer"))
        for transceiver in peer.getTransceivers():
            transceiver.sender.replaceTrack(getattr(film, transceiver.kind))
            transceiver.direction = "sendrecv"
        await peer.setLocalDescription(await peer.createAnswer())
        await hole.start()
        return web.json_response({"sdp": peer.localDescription.sdp})

    async def page(_request: web.Request) -> web.Response:
        return web.Response(text=_PAGE, content_type="text/html")

    app = web.Application()
    app.router.add_post("/offer", offer)
    app.router.add_get("/", page)
    await _serve(app, port)


async def _serve(app: web.Application, port: int) -> None:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


def _await_socket(path: Path, process: subprocess.Popen[bytes]) -> None:
    """Wait until somebody listens: a socket is there a moment before that."""
    while True:
        assert process.poll() is None
        with socket.socket(socket.AF_UNIX) as tried, contextlib.suppress(OSError):
            tried.connect(str(path))
            return
        time.sleep(0.02)


@contextlib.contextmanager
def running_guides(folder: Path, rooms: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Our process; gives it and its socket."""
    path = folder / "guides.sock"
    process = _start("guides", str(path), rooms)
    try:
        _await_socket(path, process)
        yield process, str(path)
    finally:
        stop(process)


@contextlib.contextmanager
def running_idle(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A loop that does nothing; gives it and its socket."""
    path = folder / "idle.sock"
    process = _start("idle", str(path))
    try:
        _await_socket(path, process)
        yield process, str(path)
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
def running_player() -> Iterator[str]:
    """aiortc's example server with our film; gives the address of its page."""
    port = free_port()
    process = _start("player", str(port))
    try:
        await_port(port, process)
        yield f"http://localhost:{port}/"
    finally:
        stop(process)


@contextlib.contextmanager
def running_janus(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Janus with its echo test.

    Raises:
        FileNotFoundError: it is not installed; the text names the command.
    """
    program = Path("/usr/bin/janus")
    if not program.exists():
        raise FileNotFoundError("Janus is missing: sudo apt-get install janus")
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
        case ["guides", path, rooms]:
            work = guides(path, rooms)
        case ["idle", path]:
            work = idle(path)
        case ["echo", port]:
            work = echo(int(port))
        case ["player", port]:
            work = player(int(port))
        case other:
            raise SystemExit(json.dumps(other))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)


if __name__ == "__main__":
    main()
