"""A small WebDriver BiDi client for a stock Firefox.

Playwright drives its own build of Firefox; the one that people have is driven by the standard
protocol (W3C WebDriver BiDi). Only what a journey needs: open, press, type, ask.
"""

import asyncio
import contextlib
import json
import re
import shutil
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Self

import aiohttp

LISTENING = re.compile(rb"WebDriver BiDi listening on (ws://\S+)")
START_SECONDS = 180
COMMAND_SECONDS = 180

PREFS: dict[str, bool | int | str] = {
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "media.autoplay.default": 0,
    # Two browsers on one machine, which may have no other address than the loopback one.
    "media.peerconnection.ice.loopback": True,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.server": "",
    "app.normandy.enabled": False,
    "app.update.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "extensions.getAddons.cache.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
}


class BidiError(Exception):
    """Firefox refused a command, or a script in the page threw."""


class Bidi:
    """One connection: commands out, answers matched by id; events are not needed."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._last_id = 0
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._reader = asyncio.create_task(self._read())

    async def send(self, method: str, **params: object) -> dict[str, Any]:
        """Send one command and give its result.

        Raises:
            BidiError: Firefox refused it, or the connection closed.
        """
        self._last_id += 1
        number = self._last_id
        answer = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        await self._socket.send_json({"id": number, "method": method, "params": params})
        async with asyncio.timeout(COMMAND_SECONDS):
            message = await answer
        if message["type"] == "error":
            raise BidiError(f"{method}: {message['error']}: {message.get('message', '')}")
        result: dict[str, Any] = message["result"]
        return result

    async def close(self) -> None:
        """End the connection."""
        await self._socket.close()
        await asyncio.wait([self._reader])

    async def _read(self) -> None:
        async for frame in self._socket:
            message = json.loads(frame.data)
            answer = self._waiting.pop(message.get("id"), None)
            if answer is not None and not answer.done():
                answer.set_result(message)
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(BidiError("Firefox closed the connection"))


class Tab:
    """One tab in a user context of its own: its own cookies, like another person's browser."""

    def __init__(self, bidi: Bidi, user: str, context: str) -> None:
        self._bidi = bidi
        self._user = user
        self._context = context

    @classmethod
    async def open(cls, bidi: Bidi) -> Self:
        """Open a tab that shares no cookies with any other."""
        user = (await bidi.send("browser.createUserContext"))["userContext"]
        made = await bidi.send("browsingContext.create", type="window", userContext=user)
        return cls(bidi, user, made["context"])

    async def goto(self, url: str) -> None:
        """Open `url` and wait until it is loaded."""
        await self._bidi.send(
            "browsingContext.navigate", context=self._context, url=url, wait="complete"
        )

    async def reload(self) -> None:
        """Load the page again."""
        await self._bidi.send("browsingContext.reload", context=self._context, wait="complete")

    async def evaluate(self, expression: str) -> Any:  # noqa: ANN401 -- JSON of the page
        """Give the JSON value of `expression`; a promise is awaited.

        Raises:
            BidiError: the script threw.
        """
        result = await self._bidi.send(
            "script.evaluate",
            expression=f"(async () => JSON.stringify({{value: await ({expression})}}))()",
            target={"context": self._context},
            awaitPromise=True,
        )
        if result["type"] == "exception":
            raise BidiError(result["exceptionDetails"]["text"])
        return json.loads(result["result"]["value"]).get("value")

    async def press(self, selector: str) -> None:
        """Press the middle of the element with a real pointer, as a person does."""
        node = await self._node(selector)
        await self.evaluate(
            f"document.querySelector({json.dumps(selector)}).scrollIntoView({{block: 'center'}})"
        )
        origin = {"type": "element", "element": {"sharedId": node}}
        moves = [
            {"type": "pointerMove", "x": 0, "y": 0, "origin": origin},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        source = {"type": "pointer", "id": "mouse", "actions": moves}
        await self._bidi.send("input.performActions", context=self._context, actions=[source])

    async def type(self, letters: str, *, every_ms: int = 0) -> None:
        """Type with real keys into what has the focus; the Enter key is a line feed."""
        keys = [_key_of(letter) for letter in letters]
        actions = [
            one
            for key in keys
            for one in (
                {"type": "keyDown", "value": key},
                {"type": "keyUp", "value": key},
                {"type": "pause", "duration": every_ms},
            )
        ]
        source = {"type": "key", "id": "keyboard", "actions": actions}
        await self._bidi.send("input.performActions", context=self._context, actions=[source])

    async def close(self) -> None:
        """Close the tab and forget its cookies."""
        await self._bidi.send("browser.removeUserContext", userContext=self._user)

    async def _node(self, selector: str) -> str:
        found = await self._bidi.send(
            "browsingContext.locateNodes",
            context=self._context,
            locator={"type": "css", "value": selector},
            maxNodeCount=1,
        )
        if not found["nodes"]:
            raise BidiError(f"nothing on the page matches {selector}")
        shared: str = found["nodes"][0]["sharedId"]
        return shared


def _key_of(letter: str) -> str:
    """The key of a letter (WebDriver, 17.4.2); Enter and Backspace are in the private area."""
    return {"\n": "\ue007", "\b": "\ue003"}.get(letter, letter)


@contextlib.asynccontextmanager
async def running_firefox(executable: str) -> AsyncIterator[Bidi]:
    """Start Firefox with a fresh profile and fake devices; stop it and remove the profile after."""
    profile = Path(tempfile.mkdtemp(prefix="tweespraak-firefox-"))
    _write_prefs(profile)
    process = await asyncio.create_subprocess_exec(
        executable,
        *("--headless", "--no-remote", "--remote-debugging-port", "0", "--profile", str(profile)),
        stdout=DEVNULL,
        stderr=PIPE,
    )
    try:
        async with asyncio.timeout(START_SECONDS):
            address = await _address(process)
        async with _connected(address) as bidi:
            yield bidi
    finally:
        await _stop(process)
        shutil.rmtree(profile, ignore_errors=True)


@contextlib.asynccontextmanager
async def _connected(address: str) -> AsyncIterator[Bidi]:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{address}/session", max_msg_size=0) as socket,
    ):
        bidi = Bidi(socket)
        await bidi.send("session.new", capabilities={})
        try:
            yield bidi
        finally:
            await bidi.close()


async def _address(process: Process) -> str:
    assert process.stderr is not None
    async for line in process.stderr:
        if found := LISTENING.search(line):
            return found[1].decode()
    raise BidiError("Firefox ended before it listened for WebDriver BiDi")


async def _stop(process: Process) -> None:
    """End it kindly, then not; read the rest of its words so that the pipe never fills."""
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(60):
            await process.communicate()
    except TimeoutError:
        process.kill()
        await process.communicate()


def _write_prefs(profile: Path) -> None:
    lines = [
        f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFS.items()
    ]
    (profile / "user.js").write_text("\n".join(lines), encoding="utf-8")
