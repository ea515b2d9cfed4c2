"""Bookings and cancellations at once look as if one had come after the other, slot by slot."""

from uuid import UUID

import pytest

from benchmarks.booking_histories import Deed, history, is_linearizable, wrong_slots
from tests.house_of_people import House

pytestmark = pytest.mark.contract
SEED = 11
A, B = UUID(int=1), UUID(int=2)


def books(began: int, ended: int, meeting: UUID | None) -> Deed:
    return Deed(
        slot=0, began=began, ended=ended, books=True, meeting=meeting, done=meeting is not None
    )


def cancels(began: int, ended: int, meeting: UUID, *, done: bool = True) -> Deed:
    return Deed(slot=0, began=began, ended=ended, books=False, meeting=meeting, done=done)


@pytest.mark.parametrize(
    ("deeds", "right"),
    [
        ([], True),
        ([books(0, 1, A), books(2, 3, None)], True),
        ([books(0, 1, A), books(2, 3, B)], False),  # two stand
        ([books(0, 3, A), books(1, 2, None)], True),  # at once: A came first
        ([books(0, 1, None), books(2, 3, A)], False),  # refused while nothing stood
        ([books(0, 1, A), cancels(2, 3, A), books(4, 5, B)], True),
        ([books(0, 1, A), cancels(2, 5, A), books(3, 4, B)], True),
        ([books(0, 1, A), books(2, 3, B), cancels(4, 5, A)], False),
        ([books(0, 1, A), cancels(2, 3, A), cancels(4, 5, A)], False),  # cancelled twice
        ([books(0, 1, A), cancels(2, 3, A), cancels(4, 5, A, done=False)], True),
    ],
)
def test_checker_knows_what_can_have_come_one_after_the_other(
    deeds: list[Deed], *, right: bool
) -> None:
    assert is_linearizable(deeds) is right


async def test_history_of_requests_at_once_has_an_order_for_each_slot(house: House) -> None:
    deeds = await history(house, requests=48, seed=SEED)

    assert {one.books for one in deeds if one.done} == {True, False}
    assert wrong_slots(deeds) == 0, f"seed {SEED}"
