"""`tweespraak turn-config`: the configuration of coturn, as closed as it can be."""

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

import typer

from server.config import BadSetting, Settings, read_settings
from server.relay_check import installed_version
from server.relay_url import parse_relay
from server.turn_config import (
    LEAST_SECRET,
    Address,
    BadPlan,
    RelayPlan,
    read_version,
    version_warning,
    without_secret,
    write_config,
)

_OWNER_ONLY = 0o600


class CannotWrite(BadSetting):
    """The file was not written; the text says why and what to do."""


def turn_config(
    *,
    out: Annotated[
        Path | None, typer.Option(help="file to write; without it, printed without the secret")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="replace a file that is there")] = False,
    certificate: Annotated[
        str, typer.Option(help="certificate and chain, as coturn may read it")
    ] = "/etc/coturn/turn.pem",
    key: Annotated[str, typer.Option(help="its private key")] = "/etc/coturn/turn.key",
    public_address: Annotated[
        str, typer.Option(help="address on the internet, when the machine has another one")
    ] = "",
    coturn_version: Annotated[
        str, typer.Option(help="when coturn runs on another machine, such as 4.17.2")
    ] = "",
    own_address: Annotated[
        str, typer.Option(help="the one address to listen and relay on; empty: all")
    ] = "",
) -> None:
    """Write a closed configuration for coturn from the settings (mode 0600)."""
    settings = read_settings()
    version = read_version(coturn_version) if coturn_version else installed_version()
    plan = RelayPlan(
        ways=tuple(parse_relay(url) for url in settings.turn_urls),
        secret=settings.turn_secret,
        certificate=certificate,
        key=key,
        public_address=_address(public_address, "--public-address"),
        own_address=_address(own_address, "--own-address"),
        version=version,
    )
    _give(_text_of(plan), out, (version_warning(version), _weak(settings)), force=force)


def _text_of(plan: RelayPlan) -> str:
    try:
        return write_config(plan)
    except BadPlan as error:
        raise BadSetting(str(error)) from None


def _give(text: str, out: Path | None, warnings: Iterable[str | None], *, force: bool) -> None:
    for warning in filter(None, warnings):
        sys.stderr.write(f"tweespraak: warning: {warning}\n")
    if out is None:
        sys.stdout.write(without_secret(text))
        return
    write_closed(out, text, force=force)
    sys.stdout.write(f"{out} is written; only its owner may read it, so give it to coturn's user\n")


def _address(text: str, name: str) -> Address | None:
    try:
        return ip_address(text) if text else None
    except ValueError:
        raise BadSetting(f"{name} must be an IP address, not {text!r}") from None


def _weak(settings: Settings) -> str | None:
    if len(settings.turn_secret) >= LEAST_SECRET:
        return None
    return (
        f"TWEESPRAAK_TURN_SECRET has fewer than {LEAST_SECRET} characters and can be guessed; make "
        "one with: openssl rand -hex 32"
    )


def write_closed(path: Path, text: str, *, force: bool) -> None:
    """Write a file that only its owner may read, as a whole or not at all.

    Raises:
        CannotWrite: it is there already and `force` is not given, or it cannot be written.
    """
    if path.exists() and not force:
        raise CannotWrite(f"{path} is there already; --force replaces it")
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, _OWNER_ONLY)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text)
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise CannotWrite(f"{path} cannot be written: {error.strerror}") from None
