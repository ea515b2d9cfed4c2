"""All settings in one table: name, type, default, one help line.

Each is read once from the environment as `TWEESPRAAK_<NAME>`; a bad value stops the start with
one sentence. `tweespraak settings` prints this table, `docs/settings.md` repeats it.
"""

import dataclasses
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.headerregistry import Address
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from server.relay_url import parse_relay

PREFIX = "TWEESPRAAK_"
_LEAST_SECRET = 32
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[0-9]{1,5})?")
SQLITE_FILE = "tweespraak.sqlite3"


class BadSetting(Exception):
    """A setting has a value that cannot be used; the text says which and what to write."""


def _setting(default: Any, help_line: str) -> Any:  # noqa: ANN401 -- the type is at the field
    return field(default=default, metadata={"help": help_line})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting of one installation, frozen at the start."""

    public_url: str = _setting("http://localhost:8080", "address that people open, without a slash")
    listen_host: str = _setting("127.0.0.1", "address the web process listens on")
    listen_port: int = _setting(8080, "port the web process listens on; 0 takes a free one")
    data_dir: Path = _setting(Path("data"), "folder for the database and the installation's secret")
    database_url: str = _setting(
        "", "PostgreSQL as postgresql://user:password@host/name; empty: SQLite in data_dir"
    )
    redis_url: str = _setting("", "Redis for several web processes; empty: one web process")
    organisation: str = _setting("Tweespraak", "name of the organisation, as candidates know it")
    organisation_phone: str = _setting("", "number that reaches a human when no coach is known")
    language: str = _setting("nl", "first language of pages: nl or en")
    zone: str = _setting("Europe/Amsterdam", "time zone of the organisation")
    mail_from: str = _setting("planning@localhost", "sender and calendar organizer of all mail")
    smtp_host: str = _setting("localhost", "mail server")
    smtp_port: int = _setting(25, "its port")
    smtp_user: str = _setting("", "user name for the mail server")
    smtp_password: str = _setting("", "password for the mail server")
    smtp_tls: str = _setting("none", "none, starttls or tls")
    imap_host: str = _setting(
        "", "mailbox of mail_from, read for answers to invitations; empty: answers are not read"
    )
    imap_port: int = _setting(993, "its port")
    imap_user: str = _setting("", "user name for the mailbox")
    imap_password: str = _setting("", "password for the mailbox")
    imap_password_file: str = _setting("", "or the file that holds that password")
    imap_folder: str = _setting("INBOX", "folder that is read; nothing in it is changed")
    imap_tls: str = _setting(
        "tls", "tls, starttls, or none for a host that stands in allow_private_hosts"
    )
    sms_url: str = _setting(
        "",
        "gateway for text messages, an apprise URL with {phone}; empty: files in data_dir",
    )
    stun_urls: tuple[str, ...] = _setting((), "STUN servers, comma separated (stun:host:3478)")
    turn_urls: tuple[str, ...] = _setting((), "TURN servers, comma separated (turns:host:443)")
    turn_secret: str = _setting("", "shared secret with coturn (static-auth-secret)")
    relay_only: bool = _setting(False, "send all talks through TURN, which hides addresses")
    jitsi_host: str = _setting(
        "", "own Jitsi that carries the talks, such as meet.example.nl; empty: browser to browser"
    )
    jitsi_app_id: str = _setting("tweespraak", "name of this program in its tokens (app_id)")
    jitsi_secret: str = _setting("", "bearer secret with which Jitsi asks for rooms, 32 or more")
    trusted_proxies: tuple[str, ...] = _setting(
        (), "addresses or networks of our own reverse proxies, whose X-Forwarded-For counts"
    )
    allow_private_hosts: tuple[str, ...] = _setting(
        (), "calendar hosts on private addresses or plain http that the admin trusts"
    )
    refuse_hosts: tuple[str, ...] = _setting(
        (), "calendar hosts that nobody may connect, each with all hosts below it"
    )
    names_in_feeds: bool = _setting(
        False, "show names of candidates in the feeds of coaches and planners"
    )
    names_in_calendars: bool = _setting(
        False, "show names of candidates in what is written into calendars of coaches"
    )
    held_seconds: int = _setting(
        0, "only to try things out: seconds together that make a talk held; 0: as /settings says"
    )
    early_minutes: int = _setting(30, "minutes before the start that the waiting room opens")
    late_minutes: int = _setting(60, "minutes after the end that the link still opens")
    practice_calls: int = _setting(20, "practice talks at once in one practice process")
    practice_drain_minutes: int = _setting(
        10, "minutes that a practice process finishes its talks when it is stopped"
    )
    practice_urls: tuple[str, ...] = _setting(
        (), "practice processes on other machines, as http://host:port; empty: on this machine"
    )
    practice_listen: str = _setting(
        "", "host:port where a practice process listens for web processes; empty: in data_dir"
    )
    practice_secret: str = _setting("", "shared secret of practice_urls and practice_listen")
    practice_web_url: str = _setting(
        "", "where a practice process finds the web process; empty: where it listens"
    )
    practice_addresses: tuple[str, ...] = _setting(
        (), "public addresses of the practice process behind NAT; empty: its own"
    )
    test_days: int = _setting(
        30, "days that a passed test of camera and sound counts on a candidate's device"
    )
    worker_poll_seconds: float = _setting(1.0, "pause between two looks at the outbox")
    metrics_listen: str = _setting(
        "", "where the sync process tells its figures, such as 127.0.0.1:9464; empty: nowhere"
    )
    log_level: str = _setting("info", "debug, info, warning or error")
    demo: bool = _setting(False, "demo installation: sample people and sign-in links")

    @property
    def secure(self) -> bool:
        """Whether people come in over https, so that cookies can be bound to it."""
        return self.public_url.startswith("https://")

    @property
    def proxies(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The networks of `trusted_proxies`."""
        return tuple(ip_network(one, strict=False) for one in self.trusted_proxies)

    @property
    def calendar_hosts(self) -> tuple[str, ...]:
        """Hosts that are trusted, and with a `!` before them those that are refused."""
        return (*self.allow_private_hosts, *(f"!{host}" for host in self.refuse_hosts))

    @property
    def imap_secret(self) -> str:
        """The password of the mailbox; raises OSError when its file cannot be read."""
        if not self.imap_password_file:
            return self.imap_password
        return Path(self.imap_password_file).read_text(encoding="utf-8").strip()

    @property
    def tz(self) -> ZoneInfo:
        """The organisation's time zone."""
        return ZoneInfo(self.zone)

    @property
    def sqlalchemy_url(self) -> str:
        """The database address in SQLAlchemy's words, with its asynchronous driver."""
        if not self.database_url:
            return f"sqlite+aiosqlite:///{self.data_dir / SQLITE_FILE}"
        return self.database_url.replace("postgresql://", "postgresql+asyncpg://", 1)


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from `environ` (default: the process environment).

    Raises:
        BadSetting: a value has the wrong form, or a `TWEESPRAAK_` name is unknown.
    """
    source = os.environ if environ is None else environ
    fields = {f.name: f for f in dataclasses.fields(Settings)}
    given = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in source.items()
        if name.startswith(PREFIX)
    }
    for name in given:
        if name not in fields:
            raise BadSetting(f"{PREFIX}{name.upper()} is no setting; see: tweespraak settings")
    values = {name: _parse(name, fields[name].type, text) for name, text in given.items()}
    settings = Settings(**values)  # type: ignore[arg-type]  # `_parse` gave each its field's type
    _check_address(settings)
    _check(settings)
    _check_servers(settings)
    _check_relay(settings)
    _check_jitsi(settings)
    _check_words_and_numbers(settings)
    _check_metrics(settings)
    _check_practice(settings)
    _check_mailbox(settings)
    return settings


def _parse(name: str, kind: object, text: str) -> object:
    shown = f"{PREFIX}{name.upper()}"
    if kind is bool:
        if text.lower() not in ("true", "false", "1", "0", "yes", "no"):
            raise BadSetting(f"{shown} must be true or false, not {text!r}")
        return text.lower() in ("true", "1", "yes")
    if kind is int or kind is float:
        try:
            return kind(text)
        except ValueError:
            raise BadSetting(f"{shown} must be a number, not {text!r}") from None
    if kind is Path:
        return Path(text)
    if kind is str:
        return text
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _check_address(settings: Settings) -> None:
    """The address must be the very text that browsers send as `Origin` (RFC 6454 6.2)."""
    usual = {"http": 80, "https": 443}
    if _origin(settings.public_url, usual) != settings.public_url:
        raise BadSetting(
            f"{PREFIX}PUBLIC_URL must look like https://name.example, in small letters and without "
            f"slash, user or usual port, not {settings.public_url!r}"
        )


def _origin(url: str, usual: Mapping[str, int]) -> str:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in usual or not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (
        f":{port}" if port not in (None, usual[parts.scheme]) else ""
    )


def _check_servers(settings: Settings) -> None:
    for name in ("database_url", "redis_url"):
        try:
            urlsplit(getattr(settings, name)).port  # noqa: B018 -- raises when it is no number
        except ValueError:
            raise BadSetting(
                f"{PREFIX}{name.upper()} is no address; write a mark such as / or @ in a password "
                "as %2F or %40"
            ) from None
    try:
        Address(addr_spec=settings.mail_from)
    except (HeaderParseError, ValueError, IndexError):
        raise BadSetting(
            f"{PREFIX}MAIL_FROM must be one plain address, not {settings.mail_from!r}"
        ) from None
    try:
        settings.proxies  # noqa: B018 -- raises when one is no network
    except ValueError:
        raise BadSetting(
            f"{PREFIX}TRUSTED_PROXIES must be addresses or networks such as 10.0.0.0/8"
        ) from None


def _check_relay(settings: Settings) -> None:
    for url in settings.turn_urls:
        try:
            parse_relay(url)
        except ValueError:
            raise BadSetting(
                f"{PREFIX}TURN_URLS must hold addresses such as turn:turn.example.nl:3478 or "
                f"turns:turn.example.nl:443, not {url!r}"
            ) from None
    if settings.turn_urls and not settings.turn_secret:
        raise BadSetting(f"{PREFIX}TURN_SECRET is needed when {PREFIX}TURN_URLS is set")
    if settings.relay_only and not settings.turn_urls:
        raise BadSetting(f"{PREFIX}TURN_URLS is needed when {PREFIX}RELAY_ONLY is set")


def _check_jitsi(settings: Settings) -> None:
    host = settings.jitsi_host
    if host and not _HOST.fullmatch(host):
        raise BadSetting(
            f"{PREFIX}JITSI_HOST must be a host name such as meet.example.nl, not {host!r}"
        )
    if host and len(settings.jitsi_secret) < _LEAST_SECRET:
        raise BadSetting(f"{PREFIX}JITSI_SECRET of 32 or more is needed with {PREFIX}JITSI_HOST")


def _check(settings: Settings) -> None:
    try:
        ZoneInfo(settings.zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise BadSetting(f"{PREFIX}ZONE is no time zone: {settings.zone!r}") from None
    if settings.database_url and not settings.database_url.startswith("postgresql://"):
        raise BadSetting(f"{PREFIX}DATABASE_URL must start with postgresql://, or be empty")


def _check_metrics(settings: Settings) -> None:
    """The figures are for this machine only (ASVS 13.4.5)."""
    host, _, port = settings.metrics_listen.rpartition(":")
    try:
        near = ip_address(host.strip("[]")).is_loopback and 0 <= int(port) <= 65535  # noqa: PLR2004 -- TCP
    except ValueError:
        near = False
    if settings.metrics_listen and not near:
        raise BadSetting(
            f"{PREFIX}METRICS_LISTEN must be a loopback address and a port, such as "
            f"127.0.0.1:9464, not {settings.metrics_listen!r}"
        )


def _check_practice(settings: Settings) -> None:
    if (settings.practice_urls or settings.practice_listen) and not settings.practice_secret:
        raise BadSetting(
            f"{PREFIX}PRACTICE_SECRET is needed when {PREFIX}PRACTICE_URLS or "
            f"{PREFIX}PRACTICE_LISTEN is set"
        )
    host, _, port = settings.practice_listen.rpartition(":")
    if settings.practice_listen and not (host and port.isdecimal()):
        raise BadSetting(f"{PREFIX}PRACTICE_LISTEN must look like 127.0.0.1:9470")
    if not 1 <= settings.practice_calls <= 250:  # noqa: PLR2004 -- that fit in its memory
        raise BadSetting(f"{PREFIX}PRACTICE_CALLS must lie between 1 and 250")
    for address in settings.practice_addresses:
        try:
            ip_address(address)
        except ValueError:
            raise BadSetting(
                f"{PREFIX}PRACTICE_ADDRESSES must be addresses such as 192.0.2.10, not {address!r}"
            ) from None


def _check_mailbox(settings: Settings) -> None:
    if settings.imap_tls not in ("none", "starttls", "tls"):
        raise BadSetting(f"{PREFIX}IMAP_TLS must be none, starttls or tls")
    if settings.imap_host and not settings.imap_user:
        raise BadSetting(f"{PREFIX}IMAP_USER is needed when {PREFIX}IMAP_HOST is set")
    if settings.imap_tls == "none" and settings.imap_host not in (
        "",
        *settings.allow_private_hosts,
    ):
        raise BadSetting(
            f"{PREFIX}IMAP_TLS may be none only for a host in {PREFIX}ALLOW_PRIVATE_HOSTS"
        )


def _check_words_and_numbers(settings: Settings) -> None:
    if settings.log_level not in ("debug", "info", "warning", "error"):
        raise BadSetting(f"{PREFIX}LOG_LEVEL must be debug, info, warning or error")
    for name in ("listen_port", "smtp_port", "imap_port"):
        if not 0 <= getattr(settings, name) <= 65535:  # noqa: PLR2004 -- TCP
            raise BadSetting(f"{PREFIX}{name.upper()} must lie between 0 and 65535")
    for name in (
        "held_seconds",
        "early_minutes",
        "late_minutes",
        "test_days",
        "worker_poll_seconds",
        "practice_drain_minutes",
    ):
        if not 0 <= getattr(settings, name) < float("inf"):
            raise BadSetting(f"{PREFIX}{name.upper()} must not be negative")
    if settings.language not in ("nl", "en"):
        raise BadSetting(f"{PREFIX}LANGUAGE must be nl or en, not {settings.language!r}")
    if settings.smtp_tls not in ("none", "starttls", "tls"):
        raise BadSetting(f"{PREFIX}SMTP_TLS must be none, starttls or tls")
