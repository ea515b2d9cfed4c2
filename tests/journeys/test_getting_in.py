"""Whatever is in the way of camera and sound, for real: help, a code for the planner, a way on."""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.async_api import Browser

from coaching.words import Language, StaffRole
from server.usecases.attention import TodoCode, attention
from server.usecases.context import Parts, StaffActor
from server.usecases.waiting_notes import leave_note
from tests.journeys.conftest import PHONE, Launch, own
from tests.journeys.devices import (
    file_arguments,
    take_camera_away,
    write_held_picture,
    write_picture,
    write_silence,
)
from tests.journeys.installation import Installation
from tests.journeys.people import TalkNow, talk_now
from tests.journeys.steps import (
    CHECK,
    WAITING,
    come_back,
    open_link,
    passes_the_test,
    turn_on_and_enter,
)
from tests.journeys.windows import (
    CHROMIUM_ARGS,
    LOOK_EVERY,
    PATIENCE,
    ChromiumWindow,
    Window,
    says,
    shown,
    until,
)
from tests.wire.worker_tools import rows

pytestmark = pytest.mark.journey

_FAKES = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
ELSEWHERE = "talk.example"
NOTHING = [arg for arg in CHROMIUM_ARGS if arg not in _FAKES]
MAPPED = f"--host-resolver-rules=MAP {ELSEWHERE} 127.0.0.1"
PHONE_SHOWN = "[...document.querySelectorAll('a[href^=\"tel:\"]')].some((a) => a.checkVisibility())"
FOCUSED = "document.activeElement?.tagName === 'H1' && document.activeElement.checkVisibility()"
_REFUSED = """
navigator.mediaDevices.getUserMedia({video: true, audio: true}).then(
  () => 'allowed',
  async ({name, message}) =>
    `${name}: ${message}, ${(await navigator.permissions.query({name: 'camera'})).state}`,
)
"""
# What the browser itself answers, whatever the page makes of it.
_ASKED = """
navigator.mediaDevices.getUserMedia({video: true, audio: true}).then(
  () => 'allowed', ({name, message}) => `${name}: ${message}`,
)
"""
_SEEN = "document.querySelector('#test-see').checkVisibility()"
_HINT = "document.querySelector('#check-hint').textContent.includes('{}')"
# Somebody comes back to the window, time and again: a page that just asks hears nothing of it.
_LOOKING_AGAIN = "dispatchEvent(new Event('focus')) && {}"
# Chooses another microphone than the one in use, as a hand does.
_USED = "document.querySelector('#choose-microphone').value !== ''"
_CHOOSE_ANOTHER = """
(() => {
  const choice = document.querySelector('#choose-microphone');
  const other = [...choice.options].map(({value}) => value).find((one) => one !== choice.value);
  choice.value = other;
  choice.dispatchEvent(new Event('change', {bubbles: true}));
  return other;
})()
"""
_LIVES = """
document.querySelector('#own-preview').srcObject?.getAudioTracks()
  .some((one) => one.readyState === 'live' && one.getSettings().deviceId === CHOSEN)
"""


@dataclass(slots=True, kw_only=True)
class Test:
    """One candidate on the page of the test, with nothing answered yet."""

    __test__ = False

    house: Installation
    parts: Parts
    talk: TalkNow
    window: ChromiumWindow

    async def turn_on(self) -> None:
        await self.window.press("#turn-on")

    async def helped(self, title: str) -> None:
        """Help with this title, steps, a phone number, and the focus where it is read from."""
        await shown(self.window, "#test-help")
        await until(self.window, FOCUSED)
        await says(self.window, title, selector="#help-title")
        assert await self.window.evaluate("document.querySelectorAll('#help-steps li').length") > 1
        assert await self.window.evaluate(PHONE_SHOWN)
        assert not await self.window.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )

    async def tells(self, *codes: str) -> None:
        """Wait until the planner reads these codes about this talk, and no others."""
        async with asyncio.timeout(PATIENCE):
            while (told := await self._told()) != sorted(codes):  # noqa: ASYNC110 -- a row of another process is no event
                await asyncio.sleep(LOOK_EVERY)
        assert told == sorted(codes)

    async def _told(self) -> list[str]:
        found = await attention(self.parts, self.house.planner, now=self.parts.now())
        return sorted(
            one.params["verdict"]
            for one in found
            if one.code is TodoCode.DEVICE_FAILED and one.meeting == self.talk.meeting
        )

    async def is_kept(self) -> None:
        """Wait until the server has what this test found."""
        async with asyncio.timeout(PATIENCE):
            while not await rows(  # noqa: ASYNC110 -- a row of another process is no event
                self.parts, "device_check", candidate_id=self.talk.pair.candidate
            ):
                await asyncio.sleep(LOOK_EVERY)

    async def passes(self) -> None:
        await passes_the_test(self.window)


async def opened(house: Installation, parts: Parts, browser: Browser, host: str = "") -> Test:
    talk = await talk_now(parts, house.planner)
    link = house.invitation_in(await house.mail_about(talk.pair.email, talk.starts_at))
    context = await browser.new_context(viewport=PHONE, locale="nl-NL")
    window = ChromiumWindow(context, await context.new_page())
    await window.goto(f"{link.replace('localhost', host) if host else link}/test")
    return Test(house=house, parts=parts, talk=talk, window=window)


async def _asks_each_time(browser: Browser, window: ChromiumWindow) -> None:
    """A box is shown each time; a Chromium without a screen sends each away, as a person can.

    It holds as long as the session that set it, so that one ends with the browser.
    """
    origin = await window.evaluate("location.origin")
    page = await window.context.new_cdp_session(window.page)
    target = (await page.send("Target.getTargetInfo"))["targetInfo"]
    whole = await browser.new_browser_cdp_session()
    for name in ("camera", "microphone"):
        asked = {"permission": {"name": name}, "setting": "prompt"}
        where = {"browserContextId": target["browserContextId"], "origin": origin}
        await whole.send("Browser.setPermission", {**asked, **where})


@own
async def bare_chromium(chromium_with: Launch) -> Browser:
    """Chromium on a computer without camera and microphone; knows the house by another name."""
    return await chromium_with(*NOTHING, MAPPED)


async def test_whoever_passes_is_not_asked_again_on_this_device(
    installation: Installation, before: Parts, chromium: Browser
) -> None:
    test = await opened(installation, before, chromium)

    await test.turn_on()
    await test.passes()

    await test.is_kept()
    await test.window.press("#test-passed a")
    await shown(test.window, "#try-out")
    await says(test.window, "Dit apparaat werkt", selector="#try-out")
    await test.tells()


async def test_no_camera_is_told_with_a_way_to_another_device(
    installation: Installation, before: Parts, bare_chromium: Browser
) -> None:
    test = await opened(installation, before, bare_chromium)
    await test.window.context.grant_permissions(["camera", "microphone"])
    path = str(await test.window.evaluate("location.pathname"))

    await test.turn_on()

    await test.helped("geen camera")
    await test.tells("NO_CAMERA")
    await test.window.press("#help-elsewhere")
    await test.window.press("#make-code")
    await shown(test.window, "#code-shown")
    await _practice_goes_on_with_a_person(test, path.replace("/test", "/practice"))


async def _practice_goes_on_with_a_person(test: Test, path: str) -> None:
    """Two tries without a camera: another device, a number to call, and a person is told."""
    await test.window.goto(f"{test.house.base}{path}")
    await test.turn_on()
    await shown(test.window, "[data-screen=camera_help] [data-no-device]")
    await test.window.press("[data-screen=camera_help] [data-do=again]")
    await shown(test.window, "[data-screen=camera_help] [data-helped]")
    assert await test.window.evaluate(PHONE_SHOWN)
    for way in ("/call", "/times?how=offline"):
        await shown(test.window, f"#ways a[href$='{way}']")
    found = await attention(test.parts, test.house.planner, now=test.parts.now())
    causes = [
        one.params["cause"]
        for one in found
        if one.code is TodoCode.PRACTICE_FAILED and one.candidate == test.talk.pair.candidate
    ]
    assert causes == ["camera"]


async def test_page_that_is_not_safe_says_so(
    installation: Installation, before: Parts, bare_chromium: Browser
) -> None:
    test = await opened(installation, before, bare_chromium, ELSEWHERE)

    await test.turn_on()

    await test.helped("Op dit adres")


async def test_blocked_camera_is_told_and_a_change_of_mind_is_noticed(
    installation: Installation, before: Parts, asking_chromium: Browser
) -> None:
    test = await opened(installation, before, asking_chromium)
    context = test.window.context
    await context.grant_permissions([], origin=installation.base)

    await test.turn_on()

    await test.helped("nog uit")
    await test.tells("BROWSER_BLOCKED")
    await context.grant_permissions(["camera", "microphone"], origin=installation.base)
    await shown(test.window, "#test-see")


async def test_box_that_was_sent_away_has_its_help_and_goes_on_when_it_is_allowed(
    installation: Installation, before: Parts, asking_chromium: Browser
) -> None:
    test = await opened(installation, before, asking_chromium)
    await _asks_each_time(asking_chromium, test.window)
    said = await test.window.evaluate(_REFUSED)
    assert said == "NotAllowedError: Permission dismissed, prompt"
    await test.turn_on()
    await test.helped("nog niet aan")
    await test.tells()

    await test.window.context.grant_permissions(["camera", "microphone"], origin=installation.base)

    await shown(test.window, "#test-see")
    await test.passes()
    await test.tells()


async def test_busy_camera_then_a_black_picture_and_silence_are_found_whatever_the_person_says(
    installation: Installation, before: Parts, chromium_with: Launch, tmp_path: Path
) -> None:
    picture, sound = tmp_path / "camera.y4m", tmp_path / "microphone.wav"
    write_held_picture(picture)
    write_silence(sound)
    chromium = await chromium_with(*CHROMIUM_ARGS, *file_arguments(picture, sound))
    test = await opened(installation, before, chromium)
    assert await test.window.evaluate(_ASKED) == "NotReadableError: Could not start video source"

    await test.turn_on()
    await test.helped("bezig")
    await test.tells("BUSY")
    write_picture(picture, black=True)
    await until(test.window, _LOOKING_AGAIN.format(_SEEN))

    await until(test.window, _HINT.format("zwart"))
    await test.window.press("#test-see [data-answer=yes]")
    await shown(test.window, "#test-failed")
    await test.tells("BUSY", "BLACK")

    write_picture(picture, black=False)
    await test.window.press("#again")
    await test.turn_on()
    await test.window.press("#test-see [data-answer=yes]")
    await until(test.window, _HINT.format("horen"))
    await test.window.press("#test-speak [data-answer=yes]")
    await shown(test.window, "#test-failed")


async def test_person_who_sees_nothing_is_believed_over_the_measurement(
    installation: Installation, before: Parts, chromium: Browser
) -> None:
    test = await opened(installation, before, chromium)
    await test.turn_on()

    await test.window.press("#test-see [data-answer=no]")

    await shown(test.window, "#test-failed")
    await until(test.window, FOCUSED)
    assert await test.window.evaluate(PHONE_SHOWN)
    await test.tells("NOT_SEEN")


async def test_camera_that_is_lost_is_told_and_comes_back_by_itself(
    installation: Installation, before: Parts, chromium: Browser
) -> None:
    test = await opened(installation, before, chromium)
    await test.turn_on()
    await shown(test.window, "#test-see")

    await take_camera_away(chromium)

    await test.helped("weggevallen")
    await test.tells("LOST")
    await until(test.window, _LOOKING_AGAIN.format(_SEEN))


async def test_whoever_waits_goes_back_and_forth_and_reads_that_the_coach_is_late(
    installation: Installation, before: Parts, chromium: Browser
) -> None:
    talk = await talk_now(before, installation.planner)
    link = installation.invitation_in(
        await installation.mail_about(talk.pair.email, talk.starts_at)
    )
    context = await chromium.new_context(viewport=PHONE, locale="nl-NL")
    window = ChromiumWindow(context, await context.new_page())
    await open_link(window, link)
    await turn_on_and_enter(window, look=_chooses_a_microphone)
    await shown(window, WAITING)

    await window.page.go_back()
    await window.page.go_forward()

    await come_back(window, to=WAITING)
    coach = StaffActor(
        id=talk.pair.coach,
        name="",
        roles=frozenset({StaffRole.COACH}),
        language=Language.NL,
        device=uuid4(),
        csrf="",
    )
    await leave_note(before, coach, talk.meeting, 10, now=before.now())
    await shown(window, "#waiting-news")


async def _chooses_a_microphone(window: Window) -> None:
    """Another microphone is asked for and kept, nobody is sent back, and a sound can be tried."""
    await until(window, f"{_USED} && document.querySelector('#choose-microphone').length > 1")
    chosen = await window.evaluate(_CHOOSE_ANOTHER)
    await until(window, f"localStorage.getItem('chosen:microphone') === {json.dumps(chosen)}")
    await until(window, _LIVES.replace("CHOSEN", json.dumps(chosen)))
    await shown(window, CHECK)
    await window.press("#test-sound")
    await until(window, "document.querySelector('#sound-said').textContent !== ''")
