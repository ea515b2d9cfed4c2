from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest

from coaching.errors import BadInput, Conflict, NotAllowed, NotFound, TweespraakError
from coaching.words import Language, MeetingKind, Mode, Skill, SkillSource, StaffRole
from server.store.notices import add_notice
from server.usecases.accounts import create_staff
from server.usecases.calendars import change_calendar
from server.usecases.connecting import CalendarRole
from server.usecases.context import Parts, PlaceId
from server.usecases.foreign_feed import connect_feed
from server.usecases.overview import dismiss_notice, show_meeting, today, week
from server.usecases.people import (
    NewCandidate,
    add_candidate,
    list_candidates,
    list_coaches,
    list_rooms,
    show_candidate,
    start_trajectory,
)
from server.usecases.places import add_place, add_room
from tests.conftest import Clock
from tests.house_of_people import House

pytestmark = pytest.mark.contract

NEW = NewCandidate(
    name="Fatima el Idrissi",
    email="fatima@example.org",
    phone="0612345678",
    language=Language.NL,
    skill=Skill.LESS,
    skill_source=SkillSource.INTAKE,
    skill_since=date(2027, 2, 1),
)


async def test_a_candidate_is_added_once_for_one_key(house: House, parts: Parts) -> None:
    planner = await house.planner()

    first = await add_candidate(parts, planner, NEW, key="k", now=parts.now())
    again = await add_candidate(parts, planner, NEW, key="k", now=parts.now())

    assert first == again
    shown = await list_candidates(parts, planner, search="IDRISSI", now=parts.now())
    assert [(one.name, one.phone) for one in shown] == [("Fatima el Idrissi", "+31612345678")]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"email": "", "phone": " "}, "contact_needed"),
        ({"name": "a\u202eb"}, "name_bad"),
        ({"email": "a@b.nl, c@d.nl"}, "email_bad"),
        ({"phone": "abc"}, "phone_bad"),
        ({"skill_since": date(2027, 3, 2)}, "skill_date_bad"),
        ({"skill_since": date(1, 1, 1)}, "skill_date_bad"),
    ],
)
async def test_a_field_that_cannot_be_used_is_named(
    sqlite_house: House, sqlite_parts: Parts, changed: dict[str, str], code: str
) -> None:
    planner = await sqlite_house.planner()

    with pytest.raises(BadInput) as refused:
        await add_candidate(
            sqlite_parts, planner, replace(NEW, **changed), key="k", now=sqlite_parts.now()
        )
    assert refused.value.code == code
    assert await list_candidates(sqlite_parts, planner, search="", now=sqlite_parts.now()) == ()


async def test_a_name_of_10_kb_is_refused_wherever_a_name_enters(
    sqlite_house: House, sqlite_parts: Parts
) -> None:
    planner, now = await sqlite_house.planner(), sqlite_parts.now()
    long = "a" * 10_000
    enters = {
        "candidate": add_candidate(
            sqlite_parts, planner, replace(NEW, name=long), key="k", now=now
        ),
        "staff": create_staff(
            sqlite_parts,
            name=long,
            email="a@b.nl",
            phone="0201234567",
            roles=frozenset({StaffRole.COACH}),
            language=Language.NL,
            password=None,
            now=now,
        ),
        "place": add_place(sqlite_parts, name=long, address="M 1", route="r", phone="0201234567"),
        "room": add_room(sqlite_parts, PlaceId(uuid4()), name=long, seats=2),
        "feed": connect_feed(
            sqlite_parts, planner, "all", name=long, address="https://a.example/", now=now
        ),
        "calendar": change_calendar(
            sqlite_parts, planner, uuid4(), name=long, role=CalendarRole.BUSY, now=now
        ),
    }
    for where, entering in enters.items():
        with pytest.raises(BadInput) as refused:
            await entering
        assert refused.value.code == "name_bad", where


async def test_a_coach_sees_own_people_and_own_part_only(house: House, parts: Parts) -> None:
    coach, other = await house.coach(), await house.coach()
    mine, theirs = await house.candidate(), await house.candidate()
    await house.acquainted(coach, mine)
    await house.trajectory(other, mine)
    await house.trajectory(other, theirs)

    seen = await list_candidates(parts, coach, search="", now=parts.now())
    shown = await show_candidate(parts, coach, mine, now=parts.now())

    assert [one.id for one in seen] == [mine]
    assert [(t.coach_id, t.acquainted, t.held_offline) for t in shown.trajectories] == [
        (coach.id, True, 1)
    ]
    assert len(shown.meetings) == 1
    with pytest.raises(NotFound):
        await show_candidate(parts, coach, theirs, now=parts.now())
    with pytest.raises(NotAllowed):
        await add_candidate(parts, coach, NEW, key="k", now=parts.now())


@pytest.mark.parametrize(
    ("talks", "minutes", "code"),
    [(0, 45, "talks_bad"), (201, 45, "talks_bad"), (5, 9, "minutes_bad"), (5, 241, "minutes_bad")],
)
async def test_a_trajectory_has_its_limits(
    sqlite_house: House, sqlite_parts: Parts, talks: int, minutes: int, code: str
) -> None:
    coach, candidate = await sqlite_house.coach(), await sqlite_house.candidate()

    with pytest.raises(BadInput) as refused:
        await start_trajectory(
            sqlite_parts,
            await sqlite_house.planner(),
            candidate,
            coach.id,
            talks=talks,
            minutes=minutes,
            key="k",
            now=sqlite_parts.now(),
        )
    assert refused.value.code == code


async def test_one_active_trajectory_with_one_coach(house: House) -> None:
    coach, candidate = await house.coach(), await house.candidate()
    planner_only = await house.staff(StaffRole.PLANNER)
    await house.trajectory(coach, candidate)

    refusals: list[TweespraakError] = []
    for somebody in (coach, planner_only):
        with pytest.raises((BadInput, Conflict)) as refused:
            await house.trajectory(somebody, candidate)
        refusals.append(refused.value)

    assert [one.code for one in refusals] == ["trajectory_exists", "coach_unknown"]


async def test_lists_are_in_order(house: House, parts: Parts) -> None:
    await house.staff(StaffRole.COACH, name="Zara")
    await house.staff(StaffRole.COACH, StaffRole.PLANNER, name="Abel")
    await house.staff(StaffRole.ADMIN, name="Bea")
    await house.room(name="B")
    await house.room(name="A")

    assert [one.name for one in await list_coaches(parts)] == ["Abel", "Zara"]
    places = [one.place_name for one in await list_rooms(parts)]
    assert places == sorted(places)


async def test_the_week_shows_every_meeting_on_its_own_day(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    trajectory = await house.acquainted(coach)
    await house.book(trajectory, "2027-03-01T23:30", minutes=60)
    await house.book(trajectory, "2027-03-07T23:45", minutes=15)
    await house.book(trajectory, "2027-03-08T00:00", minutes=15)
    planner = await house.planner()

    view = await week(parts, planner, year=2027, week=9)

    assert [len(day.meetings) for day in view.days] == [1, 0, 0, 0, 0, 0, 1]
    assert (view.previous, view.next) == ("2027-W08", "2027-W10")
    with pytest.raises(BadInput):
        await week(parts, planner, year=2027, week=53)
    with pytest.raises(NotAllowed):
        await week(parts, coach, year=2027, week=9)


async def test_today_shows_the_day_and_what_comes(house: House, parts: Parts, clock: Clock) -> None:
    coach = await house.coach()
    trajectory = await house.acquainted(coach)
    await house.book(trajectory, "2027-03-01T14:00")
    await house.book(trajectory, "2027-03-02T14:00", mode=Mode.PHONE)
    clock.set("2027-03-01T13:45")

    view = await today(parts, coach, now=clock())

    assert [(line.can_open, line.waits) for line in view.lines] == [(True, False)]
    assert [line.mode for line in view.coming] == [Mode.PHONE]


async def test_a_meeting_is_shown_with_its_history_and_states(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    trajectory = await house.trajectory(coach)
    booked = await house.book(
        trajectory,
        "2027-03-03T14:00",
        kind=MeetingKind.ACQUAINTANCE,
        mode=Mode.OFFLINE,
        room=await house.room(),
    )

    view = await show_meeting(parts, coach, booked.meeting, now=clock())

    assert [one.what for one in view.history] == ["booked"]
    assert (view.mail_state, view.calendar_state) == ("waiting", "none")
    assert (view.can_change, view.can_close, view.can_open) == (True, False, False)
    with pytest.raises(NotFound):
        await show_meeting(parts, await house.coach(), booked.meeting, now=clock())


async def test_a_notice_is_taken_away_by_its_own_person_only(house: House, parts: Parts) -> None:
    coach, other = await house.coach(), await house.coach()
    async with parts.database.write() as tx:
        await add_notice(
            tx, coach.id, code="third_refused", params={}, meeting_id=None, now=parts.now()
        )
    shown = (await today(parts, coach, now=parts.now())).notices

    await dismiss_notice(parts, other, shown[0].id, now=parts.now())
    assert (await today(parts, coach, now=parts.now())).notices == shown
    for _ in range(2):
        await dismiss_notice(parts, coach, shown[0].id, now=parts.now())
    assert (await today(parts, coach, now=parts.now())).notices == ()
