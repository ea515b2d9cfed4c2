"""The steps that people take, named as they would name them."""

import json
from collections.abc import Awaitable, Callable

from server.usecases.context import MeetingId, Parts, StaffId
from tests.journeys.installation import Installation
from tests.journeys.people import sign_in_address, talk_now
from tests.journeys.pictures import see_each_other
from tests.journeys.windows import Window, shown, text, until

CHECK, WAITING, TALK = "#stage-check", "#stage-waiting", "#stage-talk"
BANNER = "document.querySelector('#banner').checkVisibility()"
BOOK = "#book"
TEST_TRIES = 5
Look = Callable[[Window], Awaitable[None]]


async def open_link(window: Window, link: str) -> None:
    """The candidate opens the link of the mail and presses its one button."""
    await window.goto(link)
    await window.press("main form[method=post] button")
    await shown(window, "#stage-intro")


async def sign_in(window: Window, link: str) -> None:
    """A member of staff opens a sign-in link and presses its one button."""
    await window.goto(link)
    await window.press("main form[method=post] button")
    # Whoever went elsewhere before the answer came would not be signed in.
    await until(window, "!location.pathname.startsWith('/login')")


async def turn_on_and_enter(window: Window, *, look: Look | None = None) -> None:
    """Camera and microphone on, a `look` at what is shown of oneself, and in."""
    await window.press("#turn-on")
    await shown(window, CHECK)
    if look:
        await look(window)
    await window.press("#enter")


async def admit(coach: Window) -> None:
    """The coach sees that the candidate waits and lets them in."""
    await shown(coach, "#knock")
    await coach.press("#admit")


async def in_talk(*windows: Window) -> None:
    """Each of them sees the stage of the talk."""
    for window in windows:
        await shown(window, TALK)


async def coach_opens(coach: Window, parts: Parts, staff: StaffId, meeting: MeetingId) -> None:
    """The coach signs in, sees today and opens the talk."""
    await sign_in(coach, await sign_in_address(parts, staff, now=parts.now()))
    await until(coach, "location.pathname === '/today'")
    await coach.press(f"main a[href*='/talk/{meeting}']")
    await shown(coach, "#stage-intro")


async def meet(candidate: Window, coach: Window, *, look: Look | None = None) -> None:
    """From the intro of both to the talk of both."""
    await turn_on_and_enter(candidate, look=look)
    await shown(candidate, WAITING)
    await turn_on_and_enter(coach, look=look)
    await admit(coach)
    await in_talk(candidate, coach)


async def in_the_middle(house: Installation, parts: Parts, candidate: Window, coach: Window) -> str:
    """A talk in which both see each other; gives the link of its candidate."""
    talk = await talk_now(parts, house.planner)
    link = house.invitation_in(await house.mail_about(talk.pair.email, talk.starts_at))
    await open_link(candidate, link)
    await coach_opens(coach, parts, talk.pair.coach, talk.meeting)
    await meet(candidate, coach)
    await see_each_other(candidate, coach)
    return link


async def coach_leaves(coach: Window) -> None:
    """The coach hangs up; on a slow machine the talk lasted so long that tasks are asked for."""
    await coach.press("#leave")
    done = "location.pathname.endsWith('/done')"
    asked = "document.querySelector('#before-leaving')?.checkVisibility()"
    if await until(coach, f"{done} ? 'done' : {asked} && 'asked'") == "asked":
        await coach.press("#leave")
    await until(coach, done)


async def passes_the_test(window: Window) -> None:
    """Yes to each question of the test before a talk, until it is passed.

    Anew when it failed: a machine that is too slow is a line that is too slow, and rightly so.
    """
    failures = 0
    while (seen := await until(window, _ASKED)) != "passed":
        if seen == "failed":
            failures += 1
            assert failures < TEST_TRIES, await text(window)
            await window.press("#again")
            await window.press("#turn-on")
        else:
            await window.press(f"#test-{seen} [data-answer=yes]")


async def come_back(window: Window, *, to: str = TALK) -> None:
    """After a reload the talk goes on: by itself, or by one press where the browser asks again."""
    if await until(window, _MAY_BE_SEEN) == "asks":
        await window.press("#turn-on")
    await shown(window, to)


async def fill_in(window: Window, **fields: str) -> None:
    """Fill in fields of a form, as typing and choosing do."""
    for name, value in fields.items():
        await window.evaluate(_FILL.replace("NAME", name).replace("VALUE", json.dumps(value)))


_ASKED = """
['passed', 'failed', 'see', 'speak', 'hear']
  .find((one) => document.querySelector(`#test-${one}`).checkVisibility())
"""
_MAY_BE_SEEN = """
Promise.all(['camera', 'microphone'].map((name) => navigator.permissions.query({name})))
  .then((all) => all.every(({state}) => state === 'granted'), () => false)
  .then((may) => may ? 'may' : 'asks')
"""
_FILL = """
(() => {
  const fields = [...document.querySelectorAll('main form [name=NAME]:not([type=hidden])')];
  const choice = fields.find((one) => one.type === 'radio' && one.value === VALUE);
  if (choice) { choice.click(); return; }
  fields[0].value = VALUE;
  for (const kind of ['input', 'change']) fields[0].dispatchEvent(new Event(kind, {bubbles: true}));
})()
"""
