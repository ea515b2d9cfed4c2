"""`tweespraak calendars`: list, sync, doctor, reconcile. No secrets, no foreign subjects.

Exit codes: 0 all is well, 1 a calendar is not or differs, 2 it could not be looked at.
"""

import asyncio
import os
import sys
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Column, Table

from calendar_sync.reading_pool import ReadingPool
from calendar_sync.target import Failure
from server import calendar_doctor, doctor, serving
from server.config import read_settings
from server.jobs.sources import open_calendar_source
from server.jobs.sync import Syncing
from server.logs import write_logs
from server.store import remote_objects as store
from server.store.calendars import connection_by_id
from server.usecases.calendars import CalendarHealth, CalendarView, every_calendar
from server.usecases.connecting import write_meetings
from server.usecases.context import Parts
from server.usecases.inspecting_calendars import Comparison, Difference, compare
from server.usecases.reading_round import Round

app = typer.Typer(help="Look at connected calendars, read them now, compare both sides.")
HOLD_TRIES, HOLD_PAUSE = 90, 0.5  # a little longer than a process that died keeps a calendar
_COLOURS = {doctor.State.GOOD: "green", doctor.State.WARNING: "yellow", doctor.State.BAD: "red"}
_WELL = (CalendarHealth.FINE, CalendarHealth.NEW)
_NONE = "No calendar is connected yet: Agenda's → Agenda verbinden."
_WIDE, _WIDE_ENOUGH = 220, 130  # letters
_WHOLE = partial(Column, no_wrap=True)  # what somebody copies is not broken
Ids = Annotated[list[UUID] | None, typer.Argument(help="from `calendars list`; none: all")]


class NoSuchCalendar(serving.CannotStart):
    """There is no such calendar, or not one that can be looked at; the text says which."""


@app.command(name="list")
def show() -> None:
    """Show all connected calendars and how they do; exit 1 when one needs care."""
    calendars = asyncio.run(_every(()))
    if not calendars:
        _console().print(_NONE)
        return
    console, zone = _console(), read_settings().tz
    console.print(_listed(calendars, zone, wide=console.width >= _WIDE_ENOUGH))
    raise typer.Exit(1 if any(one.needs_care for one in calendars) else 0)


def _listed(calendars: Sequence[CalendarView], zone: ZoneInfo, *, wide: bool) -> Table:
    """One line each; on a narrow screen what belongs together stands in one column."""
    names = ("owner", "calendar", "on", "use", "state", "last answer", "unreadable")
    table = Table(_WHOLE("id"), *(names if wide else ("calendar", "state")))
    for one in calendars:
        colour = "green" if one.health in _WELL else "red" if one.needs_care else "yellow"
        state = f"[{colour}]{one.health}[/{colour}]"
        when = _local(one.updated_at, zone) if one.updated_at else "never"
        owner, name, host = (escape(each) for each in (one.owner_name, one.name, one.host))
        unread = str(one.unread or "")
        if wide:
            table.add_row(str(one.id), owner, name, host, str(one.role), state, when, unread)
        else:
            told = f"\n{unread} unreadable" if unread else ""
            table.add_row(str(one.id), f"{owner}: {name}\n{host}", f"{state}\n{when}{told}")
    return table


@app.command()
def sync(
    calendars: Ids = None,
    *,
    full: Annotated[bool, typer.Option("--full", help="compare everything that is there")] = False,
) -> None:
    """Write what waits and read calendars now, due or not; exit 1 when one does not work."""
    raise typer.Exit(asyncio.run(_sync(calendars or (), full=full)))


@app.command(name="doctor")
def examine(calendars: Ids = None) -> None:
    """Look at each calendar from our books to its server; exit 1 when something is bad."""
    raise typer.Exit(asyncio.run(_examine(calendars or ())))


@app.command()
def reconcile(
    calendar: Annotated[UUID, typer.Argument(help="from `calendars list`")],
    *,
    apply: Annotated[
        bool, typer.Option("--apply", help="write what is missing and read everything anew")
    ] = False,
) -> None:
    """Show what we think beside what stands there; exit 1 when they differ."""
    raise typer.Exit(asyncio.run(_reconcile(calendar, apply=apply)))


async def _every(ids: Sequence[UUID]) -> tuple[CalendarView, ...]:
    async with serving.opened_parts(read_settings()) as parts:
        return await _chosen(parts, ids)


async def _chosen(parts: Parts, ids: Sequence[UUID]) -> tuple[CalendarView, ...]:
    found = await every_calendar(parts)
    unknown = set(ids) - {one.id for one in found}
    if unknown:
        raise NoSuchCalendar(
            f"There is no calendar {unknown.pop()}; see: tweespraak calendars list"
        )
    return tuple(one for one in found if not ids or one.id in ids)


async def _sync(ids: Sequence[UUID], *, full: bool) -> int:
    settings = read_settings()
    write_logs("error")  # the table below says it
    table = Table("calendar", "", "read", "changed", "gone", "unreadable", "requests", "ms", "said")
    good = True
    async with serving.opened_parts(settings) as parts, ReadingPool() as reader:
        calendars = await _chosen(parts, ids)
        syncing = Syncing(parts, reader)
        with _progress() as progress:
            for one in progress.track(calendars, description="calendars"):
                done = await _visit(syncing, one.id, reader, full=full)
                good = good and done is not None and done.good
                table.add_row(escape(f"{one.owner_name}: {one.name}"), *_outcome(done))
        await syncing.finish()
    _console().print(table if table.row_count else _NONE)
    return 0 if good else 1


async def _visit(
    syncing: Syncing, connection: UUID, reader: ReadingPool, *, full: bool
) -> Round | None:
    """Visit a calendar, waiting while another process has it."""
    for _ in range(HOLD_TRIES):
        done = await syncing.visit_now(connection, reader, full=full)
        if done is not None:
            return done
        await asyncio.sleep(HOLD_PAUSE)
    return None


def _outcome(done: Round | None) -> tuple[str, ...]:
    if done is None:
        return "[red]in use[/red]", "", "", "", "", "", "", "another process has it; try again"
    colour = "green" if done.good else "red"
    numbers = (done.changed, done.removed, done.unreadable, done.requests, done.milliseconds)
    state = f"[{colour}]{done.outcome}[/{colour}]"
    return state, done.kind, *(str(one) for one in numbers), escape(done.said)


async def _examine(ids: Sequence[UUID]) -> int:
    table = Table("calendar", "what", "", "found")
    bad = False
    async with serving.opened_parts(read_settings()) as parts:
        calendars = await _chosen(parts, ids)
        for each in () if ids else await calendar_doctor.examine_mail(parts, now=parts.now()):
            bad = _add(table, "mail", each) or bad
        with _progress() as progress:
            for one in progress.track(calendars, description="calendars"):
                name = f"{one.owner_name}: {one.name}"
                found = calendar_doctor.examine(parts, one, open_calendar_source, now=parts.now())
                async for each in found:
                    bad = _add(table, name, each) or bad
                    name = ""
    _console().print(table if table.row_count else _NONE)
    return 1 if bad else 0


def _add(table: Table, name: str, found: doctor.Finding) -> bool:
    """A line of what was found; whether it is bad."""
    colour = _COLOURS[found.state]
    state = f"[{colour}]{found.state}[/{colour}]"
    table.add_row(escape(name), found.subject, state, escape(found.sentence))
    return found.state is doctor.State.BAD


async def _reconcile(calendar: UUID, *, apply: bool) -> int:
    settings = read_settings()
    write_logs("error")
    async with serving.opened_parts(settings) as parts, ReadingPool() as reader:
        await _chosen(parts, [calendar])
        if apply:
            await _bring(parts, calendar, reader)
        compared = await _compared(parts, calendar, reader)
    if not isinstance(compared, Comparison):
        Console(stderr=True).print(escape(compared.reason))
        return 2
    _print(compared, settings.tz)
    return 1 if compared.differences else 0


async def _compared(parts: Parts, calendar: UUID, reader: ReadingPool) -> Comparison | Failure:
    async with parts.database.read() as tx:
        reading = await store.reading_by_id(tx, calendar)
    if reading is None or reading.kind != "caldav":
        raise NoSuchCalendar("Only CalDAV calendars have two sides to compare")
    try:
        source = open_calendar_source(parts, reading)
    except ValueError:
        raise NoSuchCalendar("The password of this calendar cannot be read") from None
    with _progress() as progress:
        bar = progress.add_task("our events there", total=None)

        def told(done: int, every: int) -> None:
            progress.update(bar, completed=done, total=every)

        try:
            return await compare(parts, reading, source, reader, now=parts.now(), told=told)
        finally:
            await source.close()


async def _bring(parts: Parts, calendar: UUID, reader: ReadingPool) -> None:
    """Have our appointments written anew where they differ, and read everything that is there."""
    async with parts.database.write() as tx:
        connection = await connection_by_id(tx, calendar)
        if connection is not None and connection.is_written:
            await write_meetings(tx, connection, now=parts.now())
    syncing = Syncing(parts, reader)
    await _visit(syncing, calendar, reader, full=True)
    await syncing.finish()


def _print(compared: Comparison, zone: ZoneInfo) -> None:
    console = _console()
    console.print(
        f"There stand {compared.there} objects; we know {compared.known}, "
        f"of which {compared.ours} are our appointments."
    )
    if not compared.differences:
        console.print("[green]Both sides are the same.[/green]")
        return
    table = Table("file", _WHOLE("appointment"), "difference", "we think", "stands there")
    for one in compared.differences:
        table.add_row(*_difference(one, zone))
    console.print(table)


def _difference(one: Difference, zone: ZoneInfo) -> tuple[str, ...]:
    if one.meeting is None:
        return "(of others)", "", str(one.kind), "", f"{one.number}"
    thought, stands = (_span(times, zone) for times in (one.thought, one.stands))
    return one.file, str(one.meeting), str(one.kind), thought, stands


def _span(times: tuple[datetime, datetime] | None, zone: ZoneInfo) -> str:
    return f"{_local(times[0], zone)} – {times[1].astimezone(zone):%H:%M}" if times else "nothing"


def _local(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def _console() -> Console:
    """Standard output; in a file or a pipe no line is broken, so that others can read it."""
    told = sys.stdout.isatty() or os.environ.get("COLUMNS")
    return Console(width=None if told else _WIDE)


def _progress() -> Progress:
    """A bar on standard error, so that a table on standard output can be sent on."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)
