"""The way in, in a real WebKit: WebKitGTK of Debian, driven by its own WebDriver.

    apt-get install webkit2gtk-driver xvfb

Debian builds it with camera and microphone (made-up ones are used) and without WebRTC, so no talk
can be carried. Tried is what comes before: the page of the link, that a browser which carries no
talk is told so with a way to another one, the own picture and bar before going in, the questions of
the test before a talk, and the decisions of `web/src/call/webkit.ts` and the check words, run by
this engine. What is counted is how many of these do not hold.
"""

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.leash import end_together
from server.demo.installation import free_port
from tests.journeys.installation import Installation, running_house
from tests.journeys.people import talk_now

COMMAND = "python -m benchmarks.webkit_pages"
INSTALL = "apt-get install webkit2gtk-driver xvfb"
_WEB = Path(__file__).parents[1] / "web"
_BROWSER = "/usr/lib/{machine}-linux-gnu/webkit2gtk-4.1/MiniBrowser"
_DEVICES = (
    "--automation",
    "--enable-media-stream=true",
    "--enable-mock-capture-devices=true",
)
_PATIENCE = 60.0
_TIMEOUT = aiohttp.ClientTimeout(total=60)  # of one command
_CARRIES = "window.RTCPeerConnection = class { close() {} }; return true"
_SOURCES = ("call/webkit", "call/classify", "call/words", "together/check-words")
# What the same decisions must say here; the words were derived by hand of the same inputs in Node.
_DECIDES = """
const done = arguments[0];
const { browser } = decisions.surroundings(navigator.userAgent);
const engine = { os: 'macos', browser };
const codecs = ['video/AV1', 'video/H264', 'video/VP8'].map((mimeType) => ({ mimeType }));
const wrong = [];
const hold = (what, holds) => { if (!holds) wrong.push(what); };
hold('calls itself Safari', browser === 'safari');
hold('is a WebKit', decisions.isWebKit(engine));
const order = decisions.preferredCodecs(engine, codecs).map(({ mimeType }) => mimeType).join();
hold('VP8, H.264, then the rest', order === 'video/VP8,video/H264,video/AV1');
hold('waits behind a lock screen', decisions.afterEnd(engine, true) === 'wait');
hold('a phone call took the track',
  decisions.isTaken({ ended: false, muted: true, mutedMs: 5000 }));
hold('help in the words of Safari',
  decisions.help('BROWSER_BLOCKED', 'macos', browser).steps[0].includes('safari'));
decisions.wordsOf('a talk', { own: 'A', other: 'B' }, { coach: '00', candidate: '11' })
  .then((words) => { hold('four check words', words.length === 4);
    return decisions.wordsOf('a talk', { own: 'B', other: 'A' }, { coach: '00', candidate: '11' })
      .then((same) => hold('the same on both sides', same.join() === words.join())); })
  .then(() => done(wrong), (error) => done([...wrong, String(error)]));
"""


class WebKit:
    """One page of a real WebKit (W3C WebDriver)."""

    def __init__(self, http: aiohttp.ClientSession, address: str) -> None:
        self._http = http
        self._address = address

    async def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 -- JSON
        """Send one command and give its value.

        Raises:
            RuntimeError: the browser refused it.
        """
        async with self._http.request(method, self._address + path, json=body) as answer:
            value = (await answer.json())["value"]
        if isinstance(value, dict) and "error" in value:
            raise RuntimeError(f"{path}: {value['error']}: {value['message']}")
        return value

    async def goto(self, url: str) -> None:
        await self.ask("POST", "/url", {"url": url})

    async def run(self, script: str) -> Any:  # noqa: ANN401 -- JSON of the page
        return await self.ask("POST", "/execute/sync", {"script": script, "args": []})

    async def promise(self, script: str) -> Any:  # noqa: ANN401 -- JSON of the page
        """The same for a script that calls its last argument when it is done."""
        return await self.ask("POST", "/execute/async", {"script": script, "args": []})

    async def press(self, selector: str) -> None:
        """Press an element with a real pointer, once it can be seen and is not disabled."""
        found = f"document.querySelector({json.dumps(selector)})"
        await self.until(f"{found}?.checkVisibility() && !{found}.disabled")
        using = {"using": "css selector", "value": selector}
        element = next(iter((await self.ask("POST", "/element", using)).values()))
        await self.ask("POST", f"/element/{element}/click", {})

    async def until(self, expression: str) -> None:
        """Wait until `expression` is true in the page, over navigations.

        Raises:
            TimeoutError: it is not within a minute.
        """
        async with asyncio.timeout(_PATIENCE):
            while True:
                with contextlib.suppress(RuntimeError):
                    if await self.run(
                        f"return document.readyState === 'complete' && !!({expression})"
                    ):
                        return
                await asyncio.sleep(0.1)


def _browser() -> str:
    path = _BROWSER.format(machine=os.uname().machine)
    programs = all(shutil.which(name) for name in ("WebKitWebDriver", "Xvfb"))
    if not programs or not Path(path).is_file():
        raise FileNotFoundError(f"WebKit is missing; install it with: {INSTALL}")
    return path


@contextlib.asynccontextmanager
async def _display() -> AsyncIterator[str]:
    """The name of a display that nobody sees: WebKitGTK opens no page without one."""
    words = ("-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp")
    process = await asyncio.create_subprocess_exec("Xvfb", *words, stdout=PIPE, stderr=DEVNULL)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(_PATIENCE):
            number = await process.stdout.readline()
        yield f":{int(number)}"
    finally:
        process.terminate()
        await process.wait()


@contextlib.asynccontextmanager
async def running_webkit() -> AsyncIterator[WebKit]:
    """A fresh WebKit with made-up devices, on a display of its own.

    Raises:
        FileNotFoundError: it is not installed; the text names the command.
    """
    browser, port = _browser(), free_port()
    async with (
        _display() as display,
        _driver(port, display),
        aiohttp.ClientSession(timeout=_TIMEOUT) as http,
    ):
        root = WebKit(http, f"http://127.0.0.1:{port}")
        await _listens(root)
        options = {"binary": browser, "args": list(_DEVICES)}
        wanted = {"browserName": "MiniBrowser", "webkitgtk:browserOptions": options}
        begun = await root.ask("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        print(f"WebKitGTK {begun['capabilities']['browserVersion']}", flush=True)
        page = WebKit(http, f"http://127.0.0.1:{port}/session/{begun['sessionId']}")
        try:
            yield page
        finally:
            await page.ask("DELETE", "")


@contextlib.asynccontextmanager
async def _driver(port: int, display: str) -> AsyncIterator[None]:
    words = (f"--port={port}", "--host=127.0.0.1")
    env = {**os.environ, "DISPLAY": display}
    driver = await asyncio.create_subprocess_exec(
        "WebKitWebDriver", *words, stderr=DEVNULL, env=env
    )
    try:
        yield
    finally:
        driver.terminate()
        await driver.wait()


async def _listens(root: WebKit) -> None:
    async with asyncio.timeout(_PATIENCE):
        while True:
            with contextlib.suppress(aiohttp.ClientConnectionError):
                await root.ask("GET", "/status")
                return
            await asyncio.sleep(0.1)


def _decisions() -> str:
    """The decisions as one script that any page can run."""
    with tempfile.TemporaryDirectory(prefix="tweespraak-webkit-") as folder:
        entry, made = Path(folder, "entry.ts"), Path(folder, "made.js")
        lines = [f'export * from "{_WEB / "src" / source}.ts";' for source in _SOURCES]
        entry.write_text("\n".join(lines))
        words = ["--format", "iife", "--name", "decisions", "-o", str(made)]
        subprocess.run(
            [_WEB / "node_modules/.bin/rolldown", entry, *words],
            check=True,
            stdout=DEVNULL,
        )
        return made.read_text().replace("var decisions", "window.decisions", 1)


async def look(house: Installation) -> list[str]:
    """What does not hold."""
    wrong: list[str] = []
    async with house.parts() as parts, running_webkit() as page:
        talk = await talk_now(parts, house.planner)
        link = house.invitation_in(await house.mail_about(talk.pair.email, talk.starts_at))
        for way in (_tells_that_it_carries_no_talk, _goes_in, _is_tested):
            try:
                await way(page, link)
            except (TimeoutError, RuntimeError) as fault:
                seen = await page.run("return location.pathname + ' | ' + document.body.innerText")
                wrong.append(f"{way.__name__}: {fault!r}: {str(seen)[:600]}")
        await page.run(_decisions() + "; return true")
        wrong += await page.promise(_DECIDES)
    return wrong


async def _tells_that_it_carries_no_talk(page: WebKit, link: str) -> None:
    await page.goto(link)
    await page.press("main form[method=post] button")
    await page.press("#turn-on")
    await page.until("document.querySelector('#stage-help').checkVisibility()")
    await page.until("document.querySelector('#help-elsewhere').checkVisibility()")
    await page.until("document.activeElement.id === 'help-title'")
    await page.until("document.querySelectorAll('#help-steps li').length > 0")


async def _goes_in(page: WebKit, link: str) -> None:
    await page.goto(link)
    await page.press("main form[method=post] button")
    await page.until("document.querySelector('#turn-on')?.checkVisibility()")
    await page.run(_CARRIES)
    await page.press("#turn-on")
    await page.until("document.querySelector('#stage-check').checkVisibility()")
    await page.until("document.querySelector('#own-preview').currentTime > 0")
    await page.until("document.querySelector('#level').value > 0")
    await page.press("#enter")
    await page.until("document.querySelector('#stage-waiting').checkVisibility()")


async def _is_tested(page: WebKit, link: str) -> None:
    await page.goto(f"{link}/test")
    await page.until("document.querySelector('#turn-on')?.checkVisibility()")
    await page.run(_CARRIES)
    await page.press("#turn-on")
    for question in ("#test-see", "#test-speak", "#test-hear"):
        await page.press(f"{question} [data-answer=yes]")
    # The line is what this WebKit cannot carry; the page says so and does not stand still.
    await page.until("document.querySelector('#test-failed').checkVisibility()")


def figures(*, small: bool = False) -> list[dict[str, Any]]:
    """How many of the ways and decisions do not hold; `small` makes no difference."""
    del small
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="tweespraak-bench-") as folder,
        running_house(Path(folder)) as house,
    ):
        wrong = asyncio.run(look(house))
    for one in wrong:
        print(one, flush=True)
    return [
        {
            "figure": "ways and decisions that do not hold in a real WebKit",
            "unit": "ways",
            "ours": len(wrong),
            "beside": "",
            "beside_value": None,
            "ratio": None,
            "goal": "0",
            "holds": not wrong,
            "command": COMMAND,
            "seed": None,
            "n": 1,
            "seconds": round(time.monotonic() - began, 1),
        }
    ]


if __name__ == "__main__":
    end_together()
    argparse.ArgumentParser(description=__doc__).parse_args()
    print(json.dumps(figures(), indent=1))
