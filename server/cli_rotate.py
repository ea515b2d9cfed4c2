"""`tweespraak rotate-key`: a new key for the stored passwords of calendars."""

import asyncio

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from server import serving
from server.config import Settings, read_settings
from server.field_keys import FILE
from server.logs import write_logs
from server.usecases.rotating import Rotated, rotate_field_key


def rotate() -> None:
    """Seal all stored passwords with a new key; also while the house runs."""
    settings = read_settings()
    write_logs("error")
    done = asyncio.run(_rotate(settings))
    console = Console()
    console.print(f"{done.anew} stored passwords were sealed with a new key.", soft_wrap=True)
    console.print(
        f"Put {settings.data_dir / FILE} into your backup, beside the secret. The key before goes "
        "with the next time.",
        soft_wrap=True,
    )
    if done.unreadable:
        console.print(f"{done.unreadable} cannot be read here: fill those passwords in anew.")
    raise typer.Exit(1 if done.unreadable else 0)


async def _rotate(settings: Settings) -> Rotated:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    async with serving.opened_parts(settings) as parts:
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            bar = progress.add_task("stored passwords", total=None)

            def told(done: int, every: int) -> None:
                progress.update(bar, completed=done, total=every)

            try:
                return await rotate_field_key(parts, told=told)
            except (OSError, ValueError) as error:
                raise serving.CannotStart(f"The keys cannot be written: {error}") from None
