"""Every action of the blend is a plain form: somebody without script can do all of it."""

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

import pytest

from coaching.facts import ExceptionCode
from coaching.words import Mode, StaffRole
from server.app import ROUTES, build_app
from server.usecases.agreeing import ask_agreement
from server.usecases.availability import add_absence
from server.usecases.booking import MoveRequest, move_meeting
from server.usecases.context import CandidateId, MeetingId, RoomId, StaffActor
from server.usecases.contracting import NewContract, ask_contract
from server.usecases.exceptions import ExceptionRequest, ask_exception
from server.usecases.skill import Observation, observe
from server.usecases.writing import guide_in_writing
from tests.conftest import Clock
from tests.house_of_people import House
from tests.visitor import Visitor, link_of
from tests.wire.worker_tools import rows

pytestmark = pytest.mark.house

# What people do with the blend. Dragging on the board is the one way that needs a script, and
# moving by the form of the meeting is the same use case.
ACTIONS = frozenset(
    (
        "/candidates/new",
        "/candidates/{id}/trajectories",
        "/candidates/{id}/plan",
        "/candidates/{id}/preference",
        "/candidates/{id}/needs",
        "/candidates/{id}/comfort",
        "/candidates/{id}/writing",
        "/candidates/{id}/writing/end",
        "/candidates/{id}/contacts",
        "/candidates/{id}/times",
        "/candidates/{id}/state",
        "/candidates/{id}/support",
        "/candidates/{id}/hand-over",
        "/candidates/{id}/agreement",
        "/candidates/{id}/agreement/ask",
        "/candidates/{id}/contract",
        "/candidates/{id}/practice",
        "/coaches/{id}/bars",
        "/meetings/new",
        "/meetings/{id}/move",
        "/meetings/{id}/cancel",
        "/meetings/{id}/outcome",
        "/meetings/{id}/observation",
        "/meetings/{id}/put-back",
        "/meetings/{id}/resend",
        "/skill/{id}",
        "/attention/{id}/done",
        "/notices/{id}/seen",
        "/exceptions/new",
        "/exceptions/{id}/confirm",
        "/exceptions/{id}/end",
        "/settings",
        "/availability/travel",
        "/availability/coaches/{id}/hours",
        "/availability/coaches/{id}/days",
        "/availability/coaches/{id}/absences",
        "/availability/coaches/{id}/absences/{absence}/end",
        "/availability/rooms/{id}",
        "/desk",
        "/desk/{id}/answer",
        "/a/{token}/coach",
        "/a/{token}/contract",
        "/j/{token}",
        "/j/{token}/move",
        "/j/{token}/choose",
        "/j/{token}/cancel",
        "/j/{token}/call",
        "/j/{token}/reminders",
        "/j/{token}/place",
        "/j/{token}/practice/together",
        "/meetings/{id}/stand-in",
        "/meetings/{id}/tasks",
        "/talk/{meeting}/trouble",
        "/talk/{meeting}/fallback",
        "/talk/{meeting}/fallback/cause",
        "/talk/{meeting}/fallback/dismiss",
        "/talk/{meeting}/tasks",
        "/n/{token}",
        "/n/{token}/choose",
    )
)
_BY_SCRIPT = frozenset(("/api/board/move", "/api/ticket"))


class Watch:
    """The actions of all forms that a visitor was shown, as patterns of routes."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.patterns = {
            route.path: re.compile(re.sub(r"{[^}]*}", "[^/]+", route.path) + "$")
            for route in ROUTES
            if route.method == "POST" and route.path not in _BY_SCRIPT
        }
        self.seen: set[str] = set()

    async def open(self, *paths: str) -> None:
        for path in paths:
            page = await self.visitor.open(path)
            assert page.status == 200, (path, page.status, page.text())
            self.look()

    def look(self) -> None:
        """Note the forms of the page that was seen last; each has a button and the hidden field."""
        page = self.visitor.seen
        assert page is not None
        for form in page.document.xpath("//form[@method='post']"):
            path = form.get("action").partition("?")[0]
            assert form.xpath(".//input[@name='csrf']/@value"), f"no hidden field for {path}"
            assert form.xpath(".//button"), f"no button for {path} on {page.path}"
            fits = [name for name, pattern in self.patterns.items() if pattern.match(path)]
            assert fits, f"a form on {page.path} leads to {path}, which is no route"
            self.seen.update(fits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A talk that went badly just now, one to come that was moved, and what follows from them."""

    coach: StaffActor
    person: CandidateId
    room: RoomId
    now: MeetingId
    coming: MeetingId
    quiet: MeetingId  # of somebody else, with whom all is well
    asked: MeetingId  # of a third, who is asked for a yes


def test_actions_are_routes() -> None:
    known = {route.path for route in ROUTES if route.method == "POST"}
    assert ACTIONS - known == set()


async def test_every_action_stands_in_a_form_on_some_page(
    aiohttp_client: object, sqlite_house: House, clock: Clock
) -> None:
    app = build_app(sqlite_house.parts)
    watch = Watch(Visitor(await aiohttp_client(app)))  # type: ignore[operator]  # the fixture is untyped
    scene = await _scene(sqlite_house, clock)

    await watch.visitor.sign_in(scene.coach)
    await watch.open(f"/meetings/{scene.now}")
    writer, now = await sqlite_house.candidate(), sqlite_house.parts.now()
    trajectory = await sqlite_house.trajectory(scene.coach, writer)
    key = uuid4().hex
    await guide_in_writing(sqlite_house.parts, scene.coach, trajectory, key=key, now=now)
    await watch.open(f"/candidates/{writer}")
    watch.visitor.forget()
    await _as_candidate(watch, sqlite_house, scene)
    watch.visitor.forget()
    await watch.visitor.sign_in(scene.coach)
    await watch.open(
        "/today",
        "/people",
        "/desk",
        *(f"/talk/{scene.now}/{one}?as=coach" for one in ("done", "fallback")),
    )
    watch.visitor.forget()
    await watch.visitor.sign_in(await sqlite_house.staff(StaffRole.ADMIN, StaffRole.PLANNER))
    await watch.open(
        "/attention",
        "/candidates/new",
        f"/candidates/{scene.person}",
        f"/candidates/{scene.person}/plan?weeks=26",
        f"/meetings/new?candidate={scene.person}",
        f"/meetings/{scene.now}",
        f"/meetings/{scene.coming}",
        f"/meetings/{scene.coming}/stand-in",
        "/exceptions",
        f"/exceptions/new?candidate={scene.person}&rule=R9",
        "/availability",
        f"/coaches/{scene.coach.id}/bars",
        f"/availability/coaches/{scene.coach.id}",
        f"/availability/rooms/{scene.room}",
        "/settings",
    )

    assert sorted(ACTIONS - watch.seen) == []


async def _scene(house: House, clock: Clock) -> Scene:
    coach = await house.coach()
    person = await house.candidate()
    room = await house.works(coach)
    trajectory = await house.acquainted(coach, person)
    now = (await house.book(trajectory, "2027-03-01T09:10")).meeting
    coming = (await house.book(trajectory, "2027-03-10T14:00")).meeting
    parts, moment = house.parts, clock.set("2027-03-01T09:20")
    await move_meeting(
        parts,
        coach,
        coming,
        MoveRequest(
            starts_local=datetime(2027, 3, 11, 14),  # noqa: DTZ001 -- a wall time
            minutes=45,
            mode=Mode.VIDEO,
            room=None,
        ),
        revision=1,
        key=uuid4().hex,
        now=moment,
    )
    await observe(parts, coach, now, Observation.MUCH_HELP, key=uuid4().hex, now=moment)
    wanted = ExceptionRequest(
        trajectory=trajectory,
        rule="R9",
        code=ExceptionCode.DISTANCE,
        reason="Woont ver weg",
        valid_until=None,
    )
    await ask_exception(parts, coach, wanted, key=uuid4().hex, now=moment)
    await add_absence(
        parts,
        coach,
        coach.id,
        starts_local=datetime(2027, 4, 1),  # noqa: DTZ001 -- a wall time
        ends_local=datetime(2027, 4, 2),  # noqa: DTZ001 -- a wall time
        all_day=True,
        key=uuid4().hex,
        now=moment,
    )
    other = await house.acquainted(coach)
    quiet = (await house.book(other, "2027-03-10T10:00")).meeting
    third = await house.acquainted(coach)
    asked = (await house.book(third, "2027-03-12T10:00")).meeting
    await ask_agreement(parts, coach, third, key=uuid4().hex, now=moment)
    more = NewContract(talks=12, minutes=45, reason="Meer tijd")
    await ask_contract(parts, coach, third, more, key=uuid4().hex, now=moment)
    return Scene(
        coach=coach, person=person, room=room, now=now, coming=coming, quiet=quiet, asked=asked
    )


async def _as_candidate(watch: Watch, house: House, scene: Scene) -> None:
    parts, visitor = house.parts, watch.visitor
    await watch.open(f"/j/{await link_of(parts, scene.quiet)}/times")
    await watch.open(f"/a/{await link_of(parts, scene.asked)}")
    await visitor.press(f"//button[@value='{scene.coach.id}']")
    token = await link_of(parts, scene.coming)
    await watch.open(
        *(
            f"/j/{token}/{one}"
            for one in ("times", "cancel", "reminders", "place", "practice/together", "call")
        )
    )
    await visitor.press("//button[@value='morning']")
    (nudge,) = await rows(parts, "nudge")
    await watch.open(f"/n/{parts.secret.invitation_token(UUID(str(nudge['id'])))}")
    token = await link_of(parts, scene.now)
    await watch.open(f"/j/{token}")
    await visitor.press("//form[contains(@action, '/j/')]//button")
    watch.look()
    await visitor.press("//form[contains(@action, '/trouble')]//button")
    watch.look()
    await watch.open(f"/j/{token}/times")
