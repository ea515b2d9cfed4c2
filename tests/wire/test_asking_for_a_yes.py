"""A proposal or a choice of coach reaches the candidate, with the link where they say yes."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from server.app import build_app
from server.usecases.agreeing import ask_agreement
from server.usecases.context import Parts, StaffActor, TrajectoryId
from server.usecases.contracting import NewContract, ask_contract, guest_agrees
from tests.calendar_servers import MailSink, mail_sink
from tests.conftest import Clock
from tests.house_of_people import House
from tests.visitor import Visitor
from tests.wire.worker_tools import deliver, rows, with_servers

pytestmark = pytest.mark.wire


@pytest.fixture
async def sink() -> AsyncIterator[MailSink]:
    async with mail_sink() as opened:
        yield opened


@pytest.fixture
def house(sqlite_parts: Parts, sink: MailSink) -> House:
    return House(with_servers(sqlite_parts, sink=sink))


async def propose(house: House, actor: StaffActor, trajectory: TrajectoryId, talks: int) -> None:
    new = NewContract(talks=talks, minutes=45, reason="Nog twee sollicitaties")
    await ask_contract(house.parts, actor, trajectory, new, key=uuid4().hex, now=house.parts.now())


def mails(sink: MailSink, subject: str) -> list[str]:
    found = [one.message for one in sink.taken if one.message["Subject"] == subject]
    return [body.get_content() for one in found if (body := one.get_body(("plain",)))]


def texts(parts: Parts) -> str:
    folder = parts.settings.data_dir / "texts"
    return "\n".join(one.read_text("utf-8") for one in sorted(folder.glob("*.txt")))


async def test_proposal_goes_out_by_mail_and_text_and_its_link_leads_to_a_yes(
    aiohttp_client: object, house: House, sqlite_parts: Parts, sink: MailSink
) -> None:
    parts = house.parts
    coach = await house.coach(name="Anna Smit")
    trajectory = await house.acquainted(coach, talks=6)
    await propose(house, coach, trajectory, 8)
    await deliver(parts)

    (said,) = mails(sink, "Een voorstel voor uw gesprekken")
    assert "Anna Smit stelt een ander aantal gesprekken voor." in said
    assert "020 123 4567" in said
    link = next(word for word in said.split() if "/a/" in word)
    assert link in texts(parts)
    visitor = Visitor(await aiohttp_client(build_app(sqlite_parts)))  # type: ignore[operator]  # the fixture is untyped
    page = await visitor.open(urlsplit(link).path)
    assert "8 gesprekken van 45 minuten" in page.text("//*[@id='own-contract']")
    page = await visitor.press("//*[@id='contract-yes']")
    assert "Uw ja is opgeschreven" in page.text("//*[@id='own-contract']")
    (found,) = await rows(parts, "trajectory")
    assert found["talks"] == 8


async def test_what_no_longer_waits_is_not_sent_and_nothing_at_night(
    house: House, sink: MailSink, clock: Clock
) -> None:
    parts = house.parts
    clock.set("2027-03-01T22:30")
    coach = await house.coach()
    trajectory = await house.acquainted(coach, talks=6)
    await propose(house, coach, trajectory, 8)
    await propose(house, coach, trajectory, 9)
    await deliver(parts)
    assert mails(sink, "Een voorstel voor uw gesprekken") == []

    clock.set("2027-03-02T09:00")
    await deliver(parts)
    assert len(mails(sink, "Een voorstel voor uw gesprekken")) == 1
    (link,) = await rows(parts, "agreement_link")
    token = parts.secret.invitation_token(link["id"])
    await propose(house, coach, trajectory, 10)
    version = max(one["version"] for one in await rows(parts, "contract_version"))
    await guest_agrees(parts, token, version=version, key="a", now=parts.now())
    await deliver(parts)
    assert len(mails(sink, "Een voorstel voor uw gesprekken")) == 1


async def test_question_which_coach_is_sent_once(house: House, sink: MailSink) -> None:
    parts = house.parts
    coach = await house.coach()
    trajectory = await house.acquainted(coach)
    for _ in range(2):
        await ask_agreement(parts, coach, trajectory, key=uuid4().hex, now=parts.now())
    await deliver(parts)

    (said,) = mails(sink, "Kies uw coach")
    assert "/a/" in said
