"""The demo's calendar server: Radicale with one account and a calendar for each coach."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

ACCOUNT = "demo"
_CONFIG = """[server]
hosts = 127.0.0.1:{port}

[auth]
type = htpasswd
htpasswd_filename = {folder}/users
htpasswd_encryption = plain
delay = 0

[rights]
type = owner_only

[storage]
filesystem_folder = {folder}/files

[logging]
level = warning
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarAccess:
    """Where the demo's calendars are and how to open them."""

    base: str  # http://127.0.0.1:5232
    user: str
    password: str

    @property
    def home(self) -> str:
        """The address to give to a calendar program: all calendars of the account."""
        return f"{self.base}/{self.user}/"

    def calendar(self, name: str) -> str:
        """The address of one calendar."""
        return f"{self.home}{name}/"


def prepare(folder: Path, port: int) -> CalendarAccess:
    """Write Radicale's files into `folder`; the password is made once and kept."""
    folder.mkdir(parents=True, exist_ok=True)
    users = folder / "users"
    if not users.exists():
        users.touch(mode=0o600)
        users.write_text(f"{ACCOUNT}:{secrets.token_urlsafe(12)}\n")
    (folder / "config").write_text(_CONFIG.format(port=port, folder=folder.resolve()))
    password = users.read_text().strip().partition(":")[2]
    return CalendarAccess(base=f"http://127.0.0.1:{port}", user=ACCOUNT, password=password)


def add_calendar(folder: Path, name: str, title: str) -> None:
    """Make an empty calendar; one that stands already is left alone."""
    place = folder / "files" / "collection-root" / ACCOUNT / name
    if place.exists():
        return
    place.mkdir(parents=True)
    properties = {
        "tag": "VCALENDAR",
        "D:displayname": title,
        "C:supported-calendar-component-set": "VEVENT",
    }
    (place / ".Radicale.props").write_text(json.dumps(properties))
