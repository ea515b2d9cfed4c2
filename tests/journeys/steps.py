"""The steps that people take, named as they would name them."""

import json

from tests.journeys.windows import Window, shown, until

CHECK, WAITING, TALK = "#stage-check", "#stage-waiting", "#stage-talk"


async def open_link(window: Window, link: str) -> None:
    """The candidate opens the link of the mail and presses its one button."""
    await window.goto(link)
    await window.press("main form[method=post] button")
    await shown(window, "#stage-intro")


async def sign_in(window: Window, link: str) -> None:
    """A member of staff opens a sign-in link and presses its one button."""
    await window.goto(link)
    await window.press("main form[method=post] button")


async def turn_on_and_enter(window: Window) -> None:
    """Camera and microphone on, own picture seen, and in."""
    await window.press("#turn-on")
    await shown(window, CHECK)
    await window.press("#enter")


async def admit(coach: Window) -> None:
    """The coach sees that the candidate waits and lets them in."""
    await shown(coach, "#knock")
    await coach.press("#admit")


async def in_talk(*windows: Window) -> None:
    """Each of them sees the stage of the talk."""
    for window in windows:
        await shown(window, TALK)


async def come_back(window: Window) -> None:
    """After a reload: at most the one press that a browser demands, and the talk goes on."""
    await until(window, _visible("#turn-on", "#enter", TALK))
    for button in ("#turn-on", "#enter"):
        if await window.evaluate(_visible(button)):
            await window.press(button)
            await until(window, _visible("#enter", TALK))
    await shown(window, TALK)


async def fill_in(window: Window, **fields: str) -> None:
    """Fill in fields of a form, as typing and choosing do."""
    for name, value in fields.items():
        await window.evaluate(_FILL.replace("NAME", name).replace("VALUE", json.dumps(value)))


def _visible(*selectors: str) -> str:
    looks = [f"document.querySelector({json.dumps(s)})?.checkVisibility()" for s in selectors]
    return f"!!({' || '.join(looks)})"


_FILL = """
(() => {
  const fields = [...document.querySelectorAll('main form [name=NAME]:not([type=hidden])')];
  const choice = fields.find((one) => one.type === 'radio' && one.value === VALUE);
  if (choice) { choice.click(); return; }
  fields[0].value = VALUE;
  for (const kind of ['input', 'change']) fields[0].dispatchEvent(new Event(kind, {bubbles: true}));
})()
"""
