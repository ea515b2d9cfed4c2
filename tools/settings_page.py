"""Writes `docs/settings.md` from the table of settings, so that the two never differ.

python -m tools.settings_page
"""

import dataclasses
from pathlib import Path
from typing import Any

from server.config import PREFIX, Settings
from tools.say import ROOT

PAGE = ROOT / "docs" / "settings.md"
_HEAD = """# Settings

Each setting is read once, at the start, from the environment. A value that cannot be used stops
the start with one sentence; so does a name that starts with `TWEESPRAAK_` and is no setting.
`tweespraak settings` prints the same table. This page is made
from `server/config.py` by `make fmt`.

| Name | Kind | When not given | What it is |
|---|---|---|---|
"""
_KINDS = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    Path: "folder",
    tuple[str, ...]: "list, with commas",
}


def settings_page() -> str:
    """The whole page."""
    return _HEAD + "".join(_line(found) for found in dataclasses.fields(Settings))


def _line(found: dataclasses.Field[Any]) -> str:
    kind = _KINDS[found.type]  # type: ignore[index]  # annotations are real types at run time
    return (
        f"| `{PREFIX}{found.name.upper()}` | {kind} | {_shown(found.default)} "
        f"| {found.metadata['help']} |\n"
    )


def _shown(default: object) -> str:
    if default in ("", ()):
        return "–"
    text = str(default).lower() if isinstance(default, bool) else str(default)
    return f"`{text}`"


if __name__ == "__main__":
    PAGE.write_text(settings_page(), encoding="utf-8")
