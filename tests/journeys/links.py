"""The link that a mail brought, and what makes it old."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from coaching.words import Mode
from server.store.schema import invitation
from server.usecases.booking import MoveRequest, cancel_meeting, move_meeting
from server.usecases.context import MeetingId, Parts
from server.usecases.overview import show_meeting
from tests.journeys.installation import Installation
from tests.journeys.people import Pair, book_talk, new_key


async def link_of(installation: Installation, before: Parts, pair: Pair, meeting: MeetingId) -> str:
    """The link in the newest mail about a meeting."""
    moment = await starts_at(installation, before, meeting)
    return installation.invitation_in(await installation.mail_about(pair.email, moment))


async def starts_at(installation: Installation, before: Parts, meeting: MeetingId) -> datetime:
    view = await show_meeting(before, installation.planner, meeting, now=before.now())
    return view.line.starts_at.astimezone(UTC)


async def revision(installation: Installation, before: Parts, meeting: MeetingId) -> int:
    view = await show_meeting(before, installation.planner, meeting, now=before.now())
    return view.revision


async def move_talk(
    installation: Installation, before: Parts, meeting: MeetingId, starts_local: datetime
) -> None:
    await move_meeting(
        before,
        installation.planner,
        meeting,
        MoveRequest(
            starts_local=starts_local,
            minutes=45,
            mode=Mode.VIDEO,
            room=None,
        ),
        revision=await revision(installation, before, meeting),
        key=new_key(),
        now=before.now(),
    )


async def cancel_talk(installation: Installation, before: Parts, meeting: MeetingId) -> None:
    """Somebody cancels it."""
    await cancel_meeting(
        before,
        installation.planner,
        meeting,
        revision=await revision(installation, before, meeting),
        key=new_key(),
        now=before.now(),
    )


async def link_of_a_talk_long_ago(installation: Installation, before: Parts, pair: Pair) -> str:
    """The link of a talk of last week, booked two weeks ago; its mail is not sent any more."""
    then = before.now() - timedelta(days=14)
    meeting = await book_talk(
        before, installation.planner, pair, starts_in=timedelta(days=7), now=then
    )
    query = select(invitation.c.id).where(invitation.c.meeting_id == meeting)
    async with before.database.read() as tx:
        made = (await tx.execute(query)).scalar_one()
    return f"{installation.base}/j/{before.secret.invitation_token(made)}"
