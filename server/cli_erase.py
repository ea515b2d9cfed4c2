"""`tweespraak erase`: erase a candidate, for an installation that has no planner at hand.

After a backup was put back, it is also how whoever was erased since is erased again. For somebody
who is erased, what was written about them since goes.
"""

import asyncio
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID, uuid4

import typer
from rich.console import Console

from server import serving
from server.config import Settings, read_settings
from server.logs import write_logs
from server.usecases.context import CandidateId
from server.usecases.erasing import ErasureView, call_off_all, erase_candidate, erasure_of


def erase(
    candidate: Annotated[UUID, typer.Argument(help="the id in the address of their page")],
    *,
    call_off: Annotated[
        bool, typer.Option("--call-off", help="call off the talks to come, and do no more")
    ] = False,
) -> None:
    """Erase a candidate everywhere; asks for their name first. It cannot be undone."""
    settings, who = read_settings(), CandidateId(candidate)
    write_logs(settings.log_level)
    console = Console()
    if call_off:
        count = asyncio.run(_call_off(settings, who))
        console.print(f"{count} talks were called off; erase once their messages have gone.")
        return
    seen = asyncio.run(_look(settings, who))
    console.print(
        f"{seen.talks} talks stay as counts; {len(seen.to_come)} are still to come, "
        f"{len(seen.begun)} have begun and have no outcome yet, {seen.waiting} messages "
        f"({seen.letters} of them letters to print) wait and will not be sent.",
        soft_wrap=True,
    )
    if seen.erased:
        console.print("Erased before; what was written since goes now.")
    typed = seen.name if seen.erased else typer.prompt("Name of the candidate")
    counts = asyncio.run(_erase(settings, who, typed))
    console.print(f"Erased: {sum(counts.values())} rows of {len(counts)} tables.", soft_wrap=True)


async def _look(settings: Settings, who: CandidateId) -> ErasureView:
    async with serving.opened_parts(settings) as parts:
        return await erasure_of(parts, None, who, now=datetime.now(UTC))


async def _call_off(settings: Settings, who: CandidateId) -> int:
    async with serving.opened_parts(settings) as parts:
        return await call_off_all(parts, None, who, key=uuid4().hex, now=datetime.now(UTC))


async def _erase(settings: Settings, who: CandidateId, typed: str) -> dict[str, int]:
    now = datetime.now(UTC)
    async with serving.opened_parts(settings) as parts:
        return await erase_candidate(parts, None, who, typed_name=typed, key=uuid4().hex, now=now)
