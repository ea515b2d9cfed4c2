"""`tweespraak practice-film`: the organisation's own film for the practice partner."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from server.config import read_settings
from server.practice_words import OWN_FILM
from server.serving import CannotStart
from signaling.practice.film_file import BadFilm
from signaling.practice.own_film import check_film, convert_film


def practice_film(
    file: Annotated[Path, typer.Argument(help="a film of at most five minutes and 500 MB")],
) -> None:
    """Check a film and convert it; the practice partner uses it from its next start."""
    target = read_settings().data_dir / "practice" / OWN_FILM
    console = Console()
    try:
        for sentence in check_film(file):
            console.print(sentence, markup=False, soft_wrap=True)
        with Progress(console=console) as shown:
            bar = shown.add_task("converting", total=1.0)
            convert_film(file, target, lambda share: shown.update(bar, completed=share))
    except BadFilm as error:
        raise CannotStart(str(error)) from None
    console.print(f"Ready in {target}; start the practice process anew to use it.", soft_wrap=True)
