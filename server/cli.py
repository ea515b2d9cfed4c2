"""The command line of `tweespraak`: serve, migrate, doctor, explain and more (`--help`).

Every failure is one sentence on standard error and an exit code that is not 0.
"""

import asyncio
import dataclasses
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from coaching.errors import TweespraakError
from coaching.words import Language, StaffRole
from server import (
    cli_calendars,
    cli_erase,
    cli_practice,
    cli_relay,
    cli_rotate,
    doctor,
    serving,
)
from server.config import PREFIX, BadSetting, Settings, read_settings
from server.logs import write_logs
from server.part import fail
from server.store.migrate import migrate as bring_up_to_date
from server.texts import words_for
from server.usecases import explaining
from server.usecases.accounts import create_login_link, create_login_link_for, create_staff
from server.usecases.context import MeetingId
from server.usecases.explaining import Explanation
from server.webfiles import WebPartMissing

app = typer.Typer(
    help="Tweespraak: plans one-to-one talks, holds them by video, keeps calendars in step.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command(name="turn-config")(cli_relay.turn_config)
app.command(name="erase")(cli_erase.erase)
app.command(name="rotate-key")(cli_rotate.rotate)
app.command(name="practice-film")(cli_practice.practice_film)
app.add_typer(cli_calendars.app, name="calendars", no_args_is_help=True)
_COLOURS = {doctor.State.GOOD: "green", doctor.State.WARNING: "yellow", doctor.State.BAD: "red"}


@app.command()
def serve() -> None:
    """Start everything on this machine: web, worker, sync and practice, each its own process."""
    settings = _settings()
    raise typer.Exit(serving.run(lambda stop: serving.serve_all(settings, stop)))


@app.command()
def web() -> None:
    """Start only the web process."""
    settings = _settings()
    raise typer.Exit(serving.run(lambda stop: serving.serve_web(settings, stop)))


@app.command()
def worker() -> None:
    """Start only the worker, which delivers mail and texts and minds the clock."""
    settings = _settings()
    raise typer.Exit(serving.run(lambda stop: serving.serve_worker(settings, stop)))


@app.command()
def sync() -> None:
    """Start only the process that keeps calendars in step."""
    settings = _settings()
    raise typer.Exit(serving.run(lambda stop: serving.serve_sync(settings, stop)))


@app.command()
def practice() -> None:
    """Start only the practice partner, with whom people practise before their first talk."""
    settings = _settings()
    raise typer.Exit(serving.run(lambda stop: serving.serve_practice(settings, stop)))


@app.command()
def migrate() -> None:
    """Bring the database to the tables of this version."""
    settings = read_settings()
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise serving.CannotStart(f"The data folder cannot be made: {error}") from None
    revision = asyncio.run(bring_up_to_date(settings.sqlalchemy_url))
    Console().print(f"The database is up to date (revision {revision}).")


@app.command(name="doctor")
def examine() -> None:
    """Look at versions, database, folder, secret, mail, relay and more; exit 1 when one is bad."""
    settings = read_settings()
    table = Table("what", "", "found")
    findings = asyncio.run(_findings(settings))
    for one in findings:
        colour = _COLOURS[one.state]
        table.add_row(one.subject, f"[{colour}]{one.state}[/{colour}]", escape(one.sentence))
    Console().print(table)
    raise typer.Exit(1 if any(one.state is doctor.State.BAD for one in findings) else 0)


@app.command(name="settings")
def show_settings() -> None:
    """Print all settings: name, default, and what each is for."""
    table = Table()
    table.add_column("setting", no_wrap=True)
    table.add_column("default", overflow="fold")
    table.add_column("what it is for")
    for field in dataclasses.fields(Settings):
        default = field.default
        shown = ",".join(default) if isinstance(default, tuple) else str(default)
        table.add_row(f"{PREFIX}{field.name.upper()}", shown, field.metadata["help"])
    Console().print(table)


@app.command(name="create-user")
def create_user(
    *,
    name: Annotated[str, typer.Option(prompt=True)],
    email: Annotated[str, typer.Option(prompt=True)],
    phone: Annotated[str, typer.Option(prompt=True)],
    role: Annotated[list[StaffRole], typer.Option(help="may be given more than once")],
    language: Annotated[Language, typer.Option()] = Language.NL,
    link: Annotated[
        bool,
        typer.Option(
            "--link", help="no password; print a sign-in link, good once within 30 minutes"
        ),
    ] = False,
) -> None:
    """Add a member of staff."""
    password = None if link else typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    settings = read_settings()
    address = asyncio.run(
        _create(
            settings,
            {"name": name, "email": email, "phone": phone, "password": password},
            roles=frozenset(role),
            language=language,
        )
    )
    Console().print(f"{name} can sign in at {address}", soft_wrap=True, markup=False)


@app.command(name="login-link")
def login_link(
    email: Annotated[str, typer.Argument(help="the address of somebody on the staff")],
) -> None:
    """Print a sign-in link, good once within 30 minutes: for who has no password, or forgot it."""
    address = asyncio.run(_link_for(read_settings(), email))
    Console().print(address, soft_wrap=True, markup=False)


@app.command()
def explain(
    meeting: Annotated[UUID, typer.Argument(help="the id in the address of its page")],
    *,
    language: Annotated[Language, typer.Option()] = Language.EN,
) -> None:
    """Print what the rules say of a meeting: facts, rules, verdict, alternatives."""
    settings = read_settings()
    found = asyncio.run(_explain(settings, MeetingId(meeting), language))
    words = words_for(language, settings.tz)
    console = Console()
    console.print(f"{found.title}: [bold]{found.verdict.outcome}[/bold]", soft_wrap=True)
    console.print(f"settings version {found.settings_version}, since {found.settings_since}")
    for said in found.remarks:
        console.print(said, soft_wrap=True, markup=False)
    facts = Table("fact", "value")
    for name, value in found.facts:
        facts.add_row(name, value)
    console.print(facts)
    rules = Table("rule", "class", "says", "source")
    for rule in found.rules:
        says = f"{rule.says} (lifted by an exception)" if rule.lifted else rule.says
        rules.add_row(rule.id, rule.hardness, says, ", ".join(rule.sources))
    if found.rules:
        console.print(rules)
    for one in found.verdict.alternatives:
        console.print(f"instead: {words.alternative(one)}", soft_wrap=True)


def main() -> None:
    """Run the command line; say a failure in one sentence."""
    try:
        app()
    except (BadSetting, serving.CannotStart, WebPartMissing, TweespraakError) as error:
        fail(error)


def _settings() -> Settings:
    settings = read_settings()
    write_logs(settings.log_level)
    return settings


async def _findings(settings: Settings) -> list[doctor.Finding]:
    return [finding async for finding in doctor.examine(settings)]


async def _explain(settings: Settings, meeting: MeetingId, language: Language) -> Explanation:
    now = datetime.now(UTC)
    async with serving.opened_parts(settings) as parts:
        return await explaining.explain(parts, None, meeting, language=language, now=now)


async def _create(
    settings: Settings, typed: dict[str, Any], *, roles: frozenset[StaffRole], language: Language
) -> str:
    async with serving.opened_parts(settings) as parts:
        now = parts.now()
        made = await create_staff(parts, **typed, roles=roles, language=language, now=now)
        if typed["password"] is not None:
            return f"{settings.public_url}/login"
        token = await create_login_link(parts, made, now=now)
        return f"{settings.public_url}/login/link/{token}"


async def _link_for(settings: Settings, email: str) -> str:
    async with serving.opened_parts(settings) as parts:
        token = await create_login_link_for(parts, email, now=parts.now())
        return f"{settings.public_url}/login/link/{token}"


if __name__ == "__main__":
    main()
