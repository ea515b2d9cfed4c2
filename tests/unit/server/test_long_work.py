"""Work that lasts longer than a page; nothing here waits for a clock."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiohttp import web

from coaching.errors import BadInput, TweespraakError
from server.long_work import MOST_AT_ONCE, Asked, LongWork, Outcome

pytestmark = pytest.mark.unit
AT = "/calendars/found/1"


async def _again(*_: object) -> web.StreamResponse:
    raise AssertionError("no page is made here")


def asked(person: UUID, at: str = AT, password: str = "") -> Asked:
    typed = {"address": "cal.example"}
    return Asked(person=person, at=at, typed=typed, again=_again, whole=(at, typed, password))


class Work:
    """Something that ends when it is told to."""

    def __init__(self, answer: str | Exception = "/calendars?done") -> None:
        self.begun = 0
        self.has_begun = asyncio.Event()
        self._answer = answer
        self._end = asyncio.Event()

    async def __call__(self) -> str:
        self.begun += 1
        self.has_begun.set()
        await self._end.wait()
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer

    def end(self) -> None:
        self._end.set()


async def ended(works: LongWork, person: UUID) -> Outcome:
    """Look until it is told."""
    while True:
        told = await works.look(person, AT, wait=True, take=True)
        if isinstance(told, Outcome):
            return told
        assert told is True


def hasty() -> LongWork:
    return LongWork(patience=0, look_seconds=0)


def at_once(answer: str | TweespraakError) -> Callable[[], Coroutine[Any, Any, str]]:
    async def work() -> str:
        if isinstance(answer, TweespraakError):
            raise answer
        return answer

    return work


async def test_what_is_done_in_time_leads_where_it_leads_and_leaves_nothing() -> None:
    works, person = LongWork(patience=None), uuid4()

    assert await works.do(asked(person), at_once("/calendars?done")) == "/calendars?done"
    with pytest.raises(BadInput, match="calendar_too_slow"):
        await works.do(asked(person), at_once(BadInput("calendar_too_slow", field="")))
    assert await works.look(person, AT, wait=True, take=True) is False


async def test_what_lasts_is_told_at_its_address_to_its_person_once() -> None:
    works, person, work = hasty(), uuid4(), Work()

    led = await works.do(asked(person), work)
    going = await works.look(person, AT, wait=False, take=True)
    stranger = await works.look(uuid4(), AT, wait=False, take=True)
    work.end()
    told = await ended(works, person)

    assert (led, going, stranger) == (AT, True, False)
    assert (told.path, told.error) == ("/calendars?done", None)
    assert await works.look(person, AT, wait=True, take=True) is False


async def test_an_error_comes_back_with_what_was_typed() -> None:
    works, person = hasty(), uuid4()
    work = Work(BadInput("calendar_too_slow", field="address"))
    await works.do(asked(person), work)

    work.end()
    told = await ended(works, person)

    assert isinstance(told.error, BadInput)
    assert told.asked.typed == {"address": "cal.example"}


async def test_a_fault_of_ours_is_no_answer_to_a_form() -> None:
    works, person, work = hasty(), uuid4(), Work(ZeroDivisionError())
    await works.do(asked(person), work)
    work.end()

    with pytest.raises(ZeroDivisionError):
        await ended(works, person)


async def test_a_second_press_waits_for_the_first() -> None:
    works, person, first, second = hasty(), uuid4(), Work(), Work()

    await works.do(asked(person), first)
    await works.do(asked(person), second)
    first.end()
    told = await ended(works, person)

    assert (told.path, first.begun, second.begun) == ("/calendars?done", 1, 0)


async def test_another_form_of_the_same_page_is_not_taken_for_the_first() -> None:
    works, person, first = hasty(), uuid4(), Work()

    await works.do(asked(person, password="wrong"), first)
    led = await works.do(asked(person, password="right"), at_once("/calendars?other"))
    first.end()
    told = await ended(works, person)

    assert (led, told.path) == ("/calendars?other", "/calendars?done")


async def test_more_of_one_person_at_once_is_waited_for() -> None:
    works, person = hasty(), uuid4()
    begun = [Work() for _ in range(MOST_AT_ONCE + 1)]
    for number, work in enumerate(begun[:-1]):
        assert await works.do(asked(person, f"/{number}"), work) == f"/{number}"

    last = asyncio.create_task(works.do(asked(person, "/last"), begun[-1]))
    await begun[-1].has_begun.wait()
    assert not last.done()
    begun[-1].end()

    assert await last == "/calendars?done"
    await works.stop()


async def test_stopping_takes_what_goes_on_along() -> None:
    works, person, work = hasty(), uuid4(), Work()
    await works.do(asked(person), work)

    await works.stop()

    with pytest.raises(asyncio.CancelledError):
        await works.look(person, AT, wait=False, take=True)
