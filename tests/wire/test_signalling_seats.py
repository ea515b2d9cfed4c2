"""Seats over real sockets: getting in, waiting, the talk, take-over, coming back."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from coaching.words import Role
from signaling.registry import MemoryRegistry
from signaling.room_state import RoomState
from tests.wire.rig import ORIGIN, PATIENCE, People, running

pytestmark = pytest.mark.wire

SAMPLES = Path(__file__).parents[1] / "data" / "wire"


def sample(name: str) -> dict:
    samples = json.loads((SAMPLES / "from_browser.json").read_text())
    return next(s["message"] for s in samples if s["name"] == name)


async def test_candidate_waits_knocks_and_is_admitted_with_both_cameras() -> None:
    async with running() as rig:
        people = People()
        candidate = await rig.sit(people, Role.CANDIDATE)
        await candidate.hear("waiting")
        assert await rig.signaling.waiting([people.meeting]) == {people.meeting}
        coach = await rig.sit(people, Role.COACH)
        assert coach.heard[0]["other"] == {
            "name": "Sem Bakker", "present": True, "camera": False, "microphone": True,
        }  # fmt: skip
        await coach.say("admit")
        assert (await coach.hear("error"))["code"] == "camera_needed"
        for page in (candidate, coach):
            await page.say("camera", live=True, verdict=None)
        while not (await coach.hear("knock"))["camera"]:
            pass
        assert "start" not in await coach.until_pong()
        assert not any("ice_servers" in m for m in coach.heard + candidate.heard)

        await coach.say("admit")

        starts = [await page.hear("start") for page in (coach, candidate)]
        assert [(s["epoch"], s["offer"]) for s in starts] == [(1, True), (1, False)]
        assert starts[0]["ice_servers"][1]["username"] != starts[1]["ice_servers"][1]["username"]
        assert not await rig.signaling.waiting([people.meeting])


async def test_descriptions_and_candidates_are_relayed_with_the_servers_stamp() -> None:
    async with running() as rig:
        coach, candidate = await rig.talk(People())

        await coach.say(**{"type_": "description", **_body("description_offer")})
        await coach.say(**{"type_": "candidate", **_body("candidate_mdns_host")})

        assert await candidate.hear("description") == {
            **sample("description_offer"), "from": "coach",
        }  # fmt: skip
        assert await candidate.hear("candidate") == {
            **sample("candidate_mdns_host"), "from": "coach",
        }  # fmt: skip


def _body(name: str) -> dict:
    return {key: value for key, value in sample(name).items() if key != "type"}


async def test_messages_of_an_older_epoch_are_dropped_and_of_a_newer_one_refused() -> None:
    async with running() as rig:
        coach, candidate = await rig.talk(People())
        await coach.say("restart", epoch=1)
        assert (await candidate.hear("start"))["epoch"] == 2
        await coach.hear("start")

        await coach.say("candidate", epoch=1, candidate=None)
        await coach.say("candidate", epoch=3, candidate=None)

        assert (await coach.hear("error"))["code"] == "not_now"
        assert await candidate.until_pong() == []


async def test_third_person_with_a_ticket_is_refused_and_the_coach_is_told() -> None:
    async with running() as rig:
        people = People()
        coach, candidate = await rig.talk(people)

        third = await rig.knock(people.ticket(Role.CANDIDATE, uuid4(), person=uuid4()))

        assert await third.hear("refused") == {"type": "refused", "code": "third_person"}
        assert await third.closed() == 4403
        assert (await coach.hear("third_refused"))["count"] == 1
        assert rig.kept.thirds == [people.meeting]
        assert await candidate.until_pong() == []


async def test_third_at_the_talk_page_is_told_to_the_coach() -> None:
    async with running() as rig:
        people = People()
        coach, _ = await rig.talk(people)

        await rig.signaling.refuse_third(people.meeting)

        assert (await coach.hear("third_refused"))["count"] == 1
        assert rig.kept.thirds == []


async def test_second_device_is_asked_and_takes_over_and_the_first_never_comes_back() -> None:
    async with running() as rig:
        people = People()
        coach, candidate = await rig.talk(people)
        phone = await rig.knock(people.ticket(Role.CANDIDATE, uuid4()))
        await phone.hear("second_device")
        await phone.say("candidate", epoch=1, candidate=None)
        assert (await phone.hear("error"))["code"] == "not_now"
        assert await candidate.until_pong() == []

        await phone.say("take_over")

        assert not (await phone.hear("welcome"))["admitted"]
        assert await candidate.closed() == 4409
        assert candidate.heard[-1] == {"type": "superseded"}
        await coach.hear("other_device")
        await phone.say("camera", live=True, verdict=None)
        while not (await coach.hear("knock"))["camera"]:
            pass
        assert "start" not in await phone.until_pong()
        await coach.say("admit")
        assert [(await page.hear("start"))["epoch"] for page in (coach, phone)] == [2, 2]
        late = await rig.resume(candidate.token, 1)
        assert await late.closed() == 4409
        await asyncio.gather(coach.closed(), phone.closed(), rig.stop())
        await rig.start()
        late = await rig.resume(candidate.token, 1)
        assert await late.closed() == 4409


async def test_another_device_in_a_seat_that_was_left_waits_also_after_a_restart() -> None:
    async with running() as rig:
        people, devices = People(), (uuid4(), uuid4())
        coach, candidate = await rig.talk(people, devices)
        await candidate.say("leave")
        await coach.hear("left")
        await asyncio.gather(coach.closed(), rig.stop())
        await rig.start()
        coach = await rig.resume(coach.token, 1)
        assert (await coach.hear("welcome"))["admitted"]

        phone = await rig.sit(people, Role.CANDIDATE)

        assert not phone.heard[-1]["admitted"]
        await phone.hear("waiting")
        await coach.hear("knock")
        await coach.hear("other_device")
        await phone.say("camera", live=True, verdict=None)
        assert await phone.until_pong() == []
        await coach.say("admit")
        assert [(await page.hear("start"))["epoch"] for page in (coach, phone)] == [2, 2]


async def test_dropped_socket_resumes_its_seat_without_a_new_connection() -> None:
    async with running() as rig:
        coach, candidate = await rig.talk(People())
        candidate.socket._response.connection.transport.abort()
        assert await coach.hear("peer") == {
            "type": "peer", "present": False, "camera": False, "microphone": False,
        }  # fmt: skip

        back = await rig.resume(candidate.token, 1)

        assert (await back.hear("welcome"))["admitted"]
        assert (await coach.hear("peer"))["present"]
        assert await back.until_pong() == []
        await coach.say("candidate", epoch=1, candidate=None)
        assert (await back.hear("candidate"))["from"] == "coach"


async def test_resume_starts_anew_when_something_was_dropped_meanwhile() -> None:
    async with running() as rig:
        coach, candidate = await rig.talk(People())
        await candidate.socket.close()
        await coach.hear("peer")
        await coach.say("candidate", epoch=1, candidate=None)
        await coach.until_pong()

        back = await rig.resume(candidate.token, 1)

        assert [(await page.hear("start"))["epoch"] for page in (back, coach)] == [2, 2]


async def test_reload_gets_the_same_seat_and_a_new_epoch_once_its_camera_is_live() -> None:
    async with running() as rig:
        people, devices = People(), (uuid4(), uuid4())
        coach, candidate = await rig.talk(people, devices)
        await candidate.socket.close(code=1001)

        again = await rig.sit(people, Role.CANDIDATE, devices[1])
        assert again.heard[-1]["admitted"]
        assert await again.until_pong() == []
        await again.say("camera", live=True, verdict=None)

        assert [(await page.hear("start"))["epoch"] for page in (coach, again)] == [2, 2]


async def test_restart_of_the_server_brings_both_seats_back_with_the_running_epoch() -> None:
    async with running() as rig:
        people = People()
        coach, candidate = await rig.talk(people)
        codes = await asyncio.gather(coach.closed(), candidate.closed(), rig.stop())
        assert codes[:2] == [1001, 1001]
        await rig.start()

        backs = [await rig.resume(page.token, 1) for page in (candidate, coach)]

        welcomes = [await back.hear("welcome") for back in backs]
        assert [(w["admitted"], w["epoch"]) for w in welcomes] == [(True, 1), (True, 1)]
        assert "start" not in await backs[0].until_pong() + await backs[1].until_pong()
        await backs[0].say("candidate", epoch=1, candidate=None)
        await backs[1].hear("candidate")


async def test_leaving_ends_the_talk_keeps_joint_time_and_frees_the_seat() -> None:
    moment = datetime(2027, 3, 1, tzinfo=UTC)  # it stands still, however slow this machine is
    async with running(clock=lambda: moment) as rig:
        people = People()
        coach, candidate = await rig.talk(people)

        await candidate.say("leave")

        assert (await candidate.hear("ended"))["joint_seconds"] == 0
        assert await candidate.closed() == 1000
        assert await coach.hear("left") == {"type": "left", "who": "candidate"}
        assert rig.kept.joint == [(people.meeting, 0, True)]
        late = await rig.resume(candidate.token, 1)
        assert (await late.hear("refused"))["code"] == "not_yours"
        assert await late.closed() == 4403


async def test_trouble_gives_the_coach_a_phone_number_and_the_candidate_none() -> None:
    async with running() as rig:
        people = People()
        coach, candidate = await rig.talk(people)

        await candidate.say("trouble", cause="sound")
        await coach.say("trouble", cause="network")

        assert (await coach.hear("trouble"))["phone"] == "+31612345678"
        assert (await candidate.hear("trouble"))["phone"] is None
        assert len(rig.kept.troubles) == 2


async def test_twenty_joins_at_once_of_five_people_leave_exactly_two_seated() -> None:
    async with running() as rig:
        people = People()
        strangers = [uuid4() for _ in range(3)]
        tickets = [people.ticket(Role.COACH, uuid4()) for _ in range(4)]
        tickets += [people.ticket(Role.CANDIDATE, uuid4()) for _ in range(4)]
        for person in strangers * 2:
            tickets += [people.ticket(role, uuid4(), person=person) for role in Role]
        assert len(tickets) == 20

        pages = await asyncio.gather(*(rig.knock(ticket) for ticket in tickets))
        answers = await asyncio.gather(*(_first_word(page) for page in pages))

        assert answers.count("welcome") == 2
        named = [a for a, t in zip(answers, tickets, strict=True) if t.person not in strangers]
        assert set(named) <= {"welcome", "second_device", 1013}
        others = [a for a, t in zip(answers, tickets, strict=True) if t.person in strangers]
        assert set(others) <= {"refused", 1013}


async def _first_word(page) -> str | int:  # noqa: ANN001 -- Page
    async with asyncio.timeout(PATIENCE):
        while True:
            frame = await page.socket.receive()
            if isinstance(frame.data, str):
                word = json.loads(frame.data)["type"]
                if word in ("welcome", "second_device", "refused"):
                    return word
            else:
                return page.socket.close_code or 0


async def test_session_that_ends_closes_its_pages_and_its_token() -> None:
    async with running() as rig:
        people, devices = People(), (uuid4(), uuid4())
        coach, candidate = await rig.talk(people, devices)

        await rig.signaling.close_device(devices[1])

        assert await candidate.closed() == 4401
        await coach.hear("left")
        late = await rig.resume(candidate.token, 1)
        assert (await late.hear("refused"))["code"] == "not_yours"


async def test_ticket_opens_one_socket_only() -> None:
    async with running() as rig:
        people = People()
        word = rig.desk.issue(people.ticket(Role.COACH, uuid4()))
        first, second = await rig.open(), await rig.open()
        await first.say("hello", ticket=word)
        await first.hear("welcome")

        await second.say("hello", ticket=word)

        assert await second.closed() == 4401


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ORIGIN + "/", ORIGIN.upper()])
async def test_other_origins_are_refused_before_the_socket_opens(origin: str) -> None:
    async with running() as rig:
        response = await rig.session.get(
            f"http://127.0.0.1:{rig.port}/ws", headers={"Origin": origin}
        )

        assert response.status == 403


async def test_room_that_somebody_else_wrote_to_keeps_the_pages_that_sit_in_it() -> None:
    async with running() as rig:
        people = People()
        coach, candidate = await rig.talk(people)
        kept = await rig.registry.load(str(people.meeting))
        assert kept is not None
        assert await rig.registry.save(kept.state, expected=kept.version)

        await candidate.say("restart", epoch=1)

        assert (await coach.hear("start"))["epoch"] == 2
        assert (await candidate.hear("start"))["epoch"] == 2


async def test_meeting_that_got_another_coach_lets_that_coach_in() -> None:
    async with running() as rig:
        people = People()
        candidate = await rig.sit(people, Role.CANDIDATE)
        await candidate.say("leave")
        assert await candidate.closed() == 1000

        people.coach = uuid4()
        coach = await rig.knock(people.ticket(Role.COACH, uuid4()))

        assert (await coach.hear("welcome", "refused"))["type"] == "welcome"


class OneRoomFails(MemoryRegistry):
    """Cannot keep one room any more, as when its row is locked or gone."""

    broken = ""

    async def save(self, state: RoomState, *, expected: int) -> bool:
        if state.meeting == self.broken:
            raise OSError("cannot keep this room")
        return await super().save(state, expected=expected)


async def test_room_that_cannot_be_kept_does_not_stop_the_time_of_others() -> None:
    registry, now = OneRoomFails(), [1_800_000_000.0]
    async with running(registry, clock=lambda: datetime.fromtimestamp(now[0], UTC)) as rig:
        first, second = People(), People()
        coach = await rig.sit(first, Role.COACH)
        registry.broken = str(first.meeting)
        await coach.say("camera", live=True, verdict=None)
        two = await rig.talk(second)

        now[0] += 20

        async with asyncio.timeout(PATIENCE):
            while not rig.kept.joint:  # noqa: ASYNC110 -- the rig's own list is no event
                await asyncio.sleep(0.05)
        assert rig.kept.joint == [(second.meeting, 20, False)]
        assert not any(page.socket.closed for page in two)
