"""A talk that fails and a nudge, over HTTP and without script."""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

import pytest

from coaching.trigger_facts import FailureCause
from coaching.words import MeetingStatus, Role
from server.app import build_app
from server.jobs.timers import look
from server.store.meetings import meeting_by_id
from server.talk_rooms import TalkRecord
from server.usecases.booking import cancel_meeting
from server.usecases.context import CandidateId, MeetingId, Parts, StaffActor, TrajectoryId
from server.usecases.failing import choose_fallback, dismiss_failure
from server.usecases.holding import hold_times
from server.usecases.joining import record_joint_time
from server.usecases.naming_cause import name_cause
from server.usecases.preferences import Preference, save_preference
from signaling.messages import Cause
from tests.calendar_servers import mail_sink
from tests.conftest import Clock
from tests.house_of_people import House
from tests.visitor import Visitor, link_of
from tests.wire.worker_tools import deliver, rows, with_servers

pytestmark = pytest.mark.wire

TIMES = "//*[@id='fallback'][@data-failed]//button[@name='meeting']"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A talk that is now; the coach works at a location on working days."""

    house: House
    coach: StaffActor
    trajectory: TrajectoryId
    meeting: MeetingId
    token: str
    visitor: Visitor

    async def statuses(self) -> dict[UUID, str]:
        found = await rows(self.house.parts, "meeting", trajectory_id=self.trajectory)
        return {one["id"]: one["status"] for one in found}


@pytest.fixture
async def scene(aiohttp_client: object, parts: Parts, house: House, clock: Clock) -> Scene:
    coach = await house.coach()
    await house.works(coach)
    trajectory = await house.acquainted(coach)
    meeting = (await house.book(trajectory, "2027-03-03T14:00")).meeting
    token = await link_of(parts, meeting)
    clock.set("2027-03-03T14:01")
    visitor = Visitor(await aiohttp_client(build_app(parts)))  # type: ignore[operator]  # the fixture is untyped
    await visitor.open(f"/j/{token}")
    await visitor.press()
    return Scene(
        house=house,
        coach=coach,
        trajectory=trajectory,
        meeting=meeting,
        token=token,
        visitor=visitor,
    )


async def test_press_without_script_gives_three_times_and_one_can_be_taken(scene: Scene) -> None:
    await scene.visitor.open(f"/talk/{scene.meeting}")
    page = await scene.visitor.press("//noscript//form//button")
    assert page.path == f"/talk/{scene.meeting}/fallback"
    assert len(page.document.xpath(TIMES)) == 3
    assert "Werkplein" in page.text(TIMES)
    assert "belt u zo op" in page.text()
    assert (await scene.statuses())[scene.meeting] == MeetingStatus.FAILED

    page = await scene.visitor.press(TIMES)

    assert "staat vast" in page.text()
    after = list((await scene.statuses()).values())
    assert after.count(MeetingStatus.PLANNED) == 1
    assert MeetingStatus.PROVISIONAL not in after


async def test_time_that_is_taken_by_the_link_is_told_with_its_place(scene: Scene) -> None:
    await scene.visitor.open(f"/talk/{scene.meeting}")
    await scene.visitor.press("//noscript//form//button")
    page = await scene.visitor.open(f"/j/{scene.token}/times")
    when = page.text("//button[@name='meeting']//*[@class='pick__time']").removeprefix("Kies ")

    page = await scene.visitor.press("//button[@name='meeting']")

    assert page.text("//*[@data-chosen]//*[@class='when-line']") == when
    assert "Werkplein" in page.text("//*[@data-chosen]")
    page = await scene.visitor.open(f"/j/{scene.token}")
    assert page.text("//*[@id='instead']") == when  # and not only that the old one is over
    assert not page.has(f"//a[@href='/j/{scene.token}/times']")


async def test_trouble_of_many_presses_at_once_holds_three_times_once(scene: Scene) -> None:
    page = await scene.visitor.open(f"/talk/{scene.meeting}")
    csrf = page.value("csrf")

    answers = await asyncio.gather(
        *(
            scene.visitor.post(
                f"/talk/{scene.meeting}/trouble",
                f"csrf={csrf}&cause={cause}",
                allow_redirects=False,
            )
            for cause in ("camera", "network", "other", "other", "sound")
        )
    )

    # On a machine that does much else the database asks some of them to press again.
    assert 303 in {one.status for one in answers} <= {303, 503}
    held = list((await scene.statuses()).values()).count(MeetingStatus.PROVISIONAL)
    assert held == 3
    assert len(await rows(scene.house.parts, "failure", meeting_id=scene.meeting)) == 1


async def test_time_that_the_coach_took_meanwhile_is_said_in_one_sentence(
    scene: Scene, clock: Clock
) -> None:
    await scene.visitor.open(f"/talk/{scene.meeting}")
    page = await scene.visitor.press("//noscript//form//button")
    first = UUID(page.document.xpath(TIMES)[0].get("value"))
    await choose_fallback(
        scene.house.parts, scene.coach, scene.meeting, MeetingId(first), key="k" * 20, now=clock()
    )

    page = await scene.visitor.press(f"({TIMES})[2]")

    assert page.status == 409
    assert page.problem == "already_chosen"
    assert "staat vast" in page.text()
    assert list((await scene.statuses()).values()).count(MeetingStatus.PLANNED) == 1


async def test_each_side_reads_what_fits_the_cause_and_the_coach_says_it_was_us(
    scene: Scene, clock: Clock
) -> None:
    talk = f"/talk/{scene.meeting}"
    csrf = (await scene.visitor.open(talk)).value("csrf")
    await scene.visitor.post(f"{talk}/trouble", f"csrf={csrf}&cause=camera")
    page = await scene.visitor.open(f"{talk}/fallback")
    assert "Wij helpen u met camera en geluid." in page.text()
    assert page.document.xpath("//a[@id='practise']/@href") == [f"/j/{scene.token}/practice"]
    cause = FailureCause.SERVER
    await name_cause(
        scene.house.parts, scene.coach, scene.meeting, cause, key="k" * 20, now=clock()
    )
    page = await scene.visitor.open(f"{talk}/fallback")
    assert "Het lag aan ons, niet aan u." in page.text()
    assert page.document.xpath("//a[@id='again-online']/@href") == [f"/j/{scene.token}/times"]
    scene.visitor.forget()
    await scene.visitor.sign_in(scene.coach)
    page = await scene.visitor.open(f"{talk}/fallback?as=coach")
    assert "Het lag aan onze server." in page.text()

    page = await scene.visitor.press("//button[@name='cause'][@value='coach_side']")

    assert "Het lag aan onze kant." in page.text()
    page = await scene.visitor.open(f"/j/{scene.token}/times")
    assert "Of weer videobellen" in page.text()
    await scene.visitor.press("//button[@name='offer']")
    after = list((await scene.statuses()).values())
    assert after.count(MeetingStatus.PLANNED) == 1
    assert MeetingStatus.PROVISIONAL not in after


async def test_coach_sees_the_number_and_the_same_times_and_then_what_was_chosen(
    scene: Scene,
) -> None:
    await scene.visitor.open(f"/talk/{scene.meeting}")
    page = await scene.visitor.press("//noscript//form//button")
    assert not page.has("//*[@data-awaits]")  # the candidate's page that looks is that of the talk
    scene.visitor.forget()
    await scene.visitor.sign_in(scene.coach)

    page = await scene.visitor.open(f"/talk/{scene.meeting}/fallback?as=coach")

    assert "06" in page.text("//*[@class='human']")
    assert len(page.document.xpath(TIMES)) == 3
    asked = page.document.xpath("//*[@data-awaits]/@data-awaits | //*[@data-awaits]//a/@href")
    assert asked == [f"/talk/{scene.meeting}/fallback?as=coach"] * 2
    when = page.text(f"({TIMES})[1]//*[@class='pick__time']").removeprefix("Kies ")
    page = await scene.visitor.press(TIMES)
    assert page.path == f"/talk/{scene.meeting}/fallback"
    assert page.text("(//*[@id='fallback'][@data-chosen]//*[@class='when-line'])[1]") == when
    assert "Er is een tijd gekozen." in page.text("//*[@id='fallback']")
    assert not page.has("//*[@data-awaits]")
    (to,) = page.document.xpath("//*[@id='fallback']//a/@href")
    assert (await scene.visitor.open(to)).status == 200
    assert list((await scene.statuses()).values()).count(MeetingStatus.PLANNED) == 1


async def test_stranger_and_another_coach_learn_nothing_and_can_fail_nothing(scene: Scene) -> None:
    scene.visitor.forget()
    page = await scene.visitor.open(f"/talk/{scene.meeting}/fallback")
    assert page.status == 403

    await scene.visitor.sign_in(await scene.house.coach())
    assert (await scene.visitor.open(f"/talk/{scene.meeting}/fallback?as=coach")).status == 404
    csrf = (await scene.visitor.open("/today")).value("csrf")
    refused = await scene.visitor.post(
        f"/talk/{scene.meeting}/trouble?as=coach", f"csrf={csrf}&cause=other"
    )
    assert refused.status == 403
    assert (await scene.statuses())[scene.meeting] == MeetingStatus.PLANNED


@pytest.mark.parametrize("cause", ["", "rain", "camera%00"])
async def test_trouble_without_a_cause_of_the_list_changes_nothing(
    scene: Scene, cause: str
) -> None:
    csrf = (await scene.visitor.open(f"/talk/{scene.meeting}")).value("csrf")

    answer = await scene.visitor.post(
        f"/talk/{scene.meeting}/trouble", f"csrf={csrf}&cause={cause}"
    )

    assert answer.status == 422
    assert (await scene.statuses())[scene.meeting] == MeetingStatus.PLANNED


async def test_trouble_after_a_talk_that_was_held_changes_nothing(
    scene: Scene, clock: Clock
) -> None:
    page = await scene.visitor.open(f"/talk/{scene.meeting}")
    csrf = page.value("csrf")
    await record_joint_time(
        scene.house.parts, scene.meeting, joint_seconds=700, over=True, now=clock()
    )

    answer = await scene.visitor.post(
        f"/talk/{scene.meeting}/trouble", f"csrf={csrf}&cause=network"
    )

    assert (answer.status, answer.url.path) == (200, f"/talk/{scene.meeting}")
    assert (await scene.statuses())[scene.meeting] == MeetingStatus.HELD


async def test_talk_that_worked_after_all_leads_back_to_the_talk(
    scene: Scene, clock: Clock
) -> None:
    await scene.visitor.open(f"/talk/{scene.meeting}")
    await scene.visitor.press("//noscript//form//button")
    await dismiss_failure(
        scene.house.parts,
        scene.coach,
        scene.meeting,
        reason="Lukte toch",
        key="k" * 20,
        now=clock(),
    )

    page = await scene.visitor.open(f"/talk/{scene.meeting}/fallback")

    assert page.path == f"/talk/{scene.meeting}"


async def test_candidate_gets_the_three_times_by_mail_as_well(scene: Scene) -> None:
    await scene.visitor.open(f"/talk/{scene.meeting}")
    async with mail_sink() as sink:
        ready = with_servers(scene.house.parts, sink=sink)
        await deliver(ready)
        await scene.visitor.press("//noscript//form//button")
        await deliver(ready)
        newest = sink.taken[-1].message

    said = newest.get_body(("plain",)).get_content()
    assert "Kies een tijd" in str(newest["Subject"])
    assert said.count("2027,") == 3
    assert f"/j/{scene.token}/times" in said


async def test_nudge_is_answered_with_one_press_and_the_silence_is_over(
    scene: Scene, clock: Clock
) -> None:
    parts = with_servers(scene.house.parts)
    link = await _nudge(scene, parts, clock)

    page = await scene.visitor.open(link)
    assert "Hoe gaat het?" in page.text()
    page = await scene.visitor.press("//button[@value='not_yet']")

    assert "Dat geeft niets" in page.text()
    assert [one["answer"] for one in await rows(parts, "nudge")] == ["not_yet"]
    clock.forward(days=3)
    await look(parts)
    assert len(await rows(parts, "nudge")) == 1


@pytest.mark.parametrize("cause", [None, Cause.NETWORK])
async def test_talk_fails_by_what_its_room_tells_and_a_cancelled_one_stays(
    scene: Scene, cause: Cause | None
) -> None:
    record = TalkRecord(scene.house.parts)

    await record.trouble(scene.meeting, Role.CANDIDATE, cause)
    await record.trouble(scene.meeting, Role.COACH, cause)

    assert (await scene.statuses())[scene.meeting] == MeetingStatus.FAILED
    (failed,) = await rows(scene.house.parts, "failure", meeting_id=scene.meeting)
    assert failed["cause"] == ("candidate_network" if cause else "unknown")
    other = (await scene.house.book(scene.trajectory, "2027-03-09T14:00")).meeting
    await _cancel(scene, other)
    await record.trouble(other, Role.COACH, cause)
    assert (await scene.statuses())[other] == MeetingStatus.CANCELLED


async def _cancel(scene: Scene, meeting: MeetingId) -> None:
    parts = scene.house.parts
    await cancel_meeting(parts, scene.coach, meeting, revision=1, key="c" * 20, now=parts.now())


async def test_unknown_nudge_tells_nothing(scene: Scene) -> None:
    scene.visitor.forget()
    page = await scene.visitor.open("/n/unknown")

    assert page.status == 404
    assert "link werkt niet meer" in page.text()


async def _nudge(scene: Scene, parts: Parts, clock: Clock) -> str:
    """Weeks go by in silence until a nudge goes out; gives the path of its link."""
    folder = parts.settings.data_dir / "texts"
    clock.set("2027-03-05T10:00")
    for _ in range(30):
        clock.moment += timedelta(days=1)
        await look(parts)
        await deliver(replace(parts))
        for file in folder.glob("*.txt"):
            if "/n/" in file.read_text("utf-8"):
                return "/n/" + file.read_text("utf-8").split("/n/")[1].split()[0]
    raise AssertionError("thirty days of silence were never asked about")


async def test_candidate_may_choose_nothing_now(scene: Scene) -> None:
    await scene.visitor.open(f"/talk/{scene.meeting}")
    page = await scene.visitor.press("//noscript//form//button")

    (onward,) = page.document.xpath("//a[@id='not-now']/@href")
    page = await scene.visitor.open(onward)

    assert page.status == 200
    assert page.has("//a[starts-with(@href, 'tel:')]")
    assert list((await scene.statuses()).values()).count(MeetingStatus.PROVISIONAL) == 3


async def test_coach_says_with_a_reason_that_it_works_after_all(scene: Scene) -> None:
    await scene.visitor.open(f"/talk/{scene.meeting}")
    page = await scene.visitor.press("//noscript//form//button")
    form = {"csrf": page.value("csrf"), "key": "k", "reason": "ja"}
    stranger = await scene.visitor.post(f"/talk/{scene.meeting}/fallback/dismiss", urlencode(form))
    assert stranger.status == 404
    scene.visitor.forget()
    await scene.visitor.sign_in(scene.coach)
    await scene.visitor.open(f"/talk/{scene.meeting}/fallback?as=coach")

    page = await scene.visitor.press("//*[@id='dismiss']", reason=" ")
    assert (page.status, page.problem) == (422, "reason_missing")
    page = await scene.visitor.press("//*[@id='dismiss']", reason="Het geluid kwam terug.")

    assert page.path == f"/talk/{scene.meeting}"
    statuses = list((await scene.statuses()).values())
    assert (await scene.statuses())[scene.meeting] == MeetingStatus.OPEN
    assert statuses.count(MeetingStatus.PROVISIONAL) == 0


async def test_candidate_abroad_reads_both_clocks_on_every_page_with_a_time(scene: Scene) -> None:
    parts = scene.house.parts
    async with parts.database.read() as tx:
        meeting = await meeting_by_id(tx, scene.meeting)
    assert meeting is not None
    wish = Preference(zone="Australia/Sydney")
    person = CandidateId(meeting.candidate_id)
    await save_preference(parts, scene.coach, person, wish, key="a", now=parts.now())
    await scene.house.book(scene.trajectory, "2027-03-17T14:00")
    abroad = "Bij u is het dan"

    page = await scene.visitor.open(f"/talk/{scene.meeting}/done")
    assert f"{abroad} donderdag 18 maart, 00.00 uur." in page.text()
    now = parts.now()
    await hold_times(parts, scene.coach, scene.trajectory, key="b", now=now)
    await scene.visitor.open(f"/talk/{scene.meeting}")
    page = await scene.visitor.press("//noscript//form//button")
    assert page.text().count(abroad) == 3
    found = await rows(parts, "nudge")
    page = await scene.visitor.open(f"/n/{parts.secret.invitation_token(found[0]['id'])}")
    assert page.text("//button[@name='meeting']").count(abroad) == 1
    await scene.visitor.open(f"/talk/{scene.meeting}/fallback")
    page = await scene.visitor.press("//button[@name='meeting']")
    assert page.text().count(abroad) == 1
