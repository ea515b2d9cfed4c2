from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from coaching.errors import Conflict
from coaching.lifecycle import STEPS, MeetingEvent, advance, as_table, may_reopen
from coaching.words import MeetingStatus

pytestmark = pytest.mark.unit
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
DECISION = Path(__file__).parents[3] / "docs" / "decisions" / "0001-rules-as-data.md"


@pytest.mark.parametrize("status", MeetingStatus)
@pytest.mark.parametrize("event", MeetingEvent)
def test_a_step_outside_the_table_is_refused(status: MeetingStatus, event: MeetingEvent) -> None:
    if (status, event) in STEPS:
        assert advance(status, event) is STEPS[status, event]
        return
    with pytest.raises(Conflict) as refused:
        advance(status, event)
    assert refused.value.code == "already_closed"


def test_cancelled_is_final_and_failed_only_reopens() -> None:
    assert not [step for step in STEPS if step[0] is MeetingStatus.CANCELLED]
    assert [step[1] for step in STEPS if step[0] is MeetingStatus.FAILED] == [MeetingEvent.REOPEN]


@pytest.mark.parametrize("status", [s for s in MeetingStatus if s is not MeetingStatus.PLANNED])
def test_only_a_planned_meeting_moves(status: MeetingStatus) -> None:
    with pytest.raises(Conflict):
        advance(status, MeetingEvent.MOVE)


def test_a_wrong_outcome_is_corrected_through_open() -> None:
    status = MeetingStatus.PLANNED

    for event in (MeetingEvent.HOLD, MeetingEvent.REOPEN, MeetingEvent.MISS):
        status = advance(status, event)

    assert status is MeetingStatus.MISSED


@pytest.mark.parametrize(
    ("now", "may"),
    [
        (datetime(2027, 1, 19, 22, 59, tzinfo=UTC), True),
        (datetime(2027, 1, 19, 23, 0, tzinfo=UTC), False),
    ],
)
def test_correction_ends_with_the_day_on_the_local_clock(now: datetime, *, may: bool) -> None:
    assert may_reopen(datetime(2027, 1, 19, 13, tzinfo=UTC), now, AMSTERDAM) is may


def test_the_decision_record_shows_the_table_as_it_is() -> None:
    assert as_table() in DECISION.read_text(encoding="utf-8")
