"""Writes `docs/error-codes.md`: every code that the program can answer with.

Found where errors are raised, and in the catalogue, which words those that are raised indirectly.

    python -m tools.error_page
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from coaching.words import Language
from server.texts import catalogue
from tools.say import ROOT

PAGE = ROOT / "docs" / "error-codes.md"
KINDS = ("BadInput", "Conflict", "NotFound", "NotAllowed", "Unavailable")
_MEANINGS = {
    "BadInput": "what was given cannot be used; the person can put it right",
    "Conflict": "somebody was first, or the page is old",
    "NotFound": "no such thing for this person",
    "NotAllowed": "not this person's work",
    "Unavailable": "a part of the installation does not answer; the same may work later",
    "Refused": "a rule says no, and which alternatives there are",
}
_HEAD = """# Error codes

Every way in which the program says no has a stable code. A page shows the code under its sentence,
`/api/*` answers `{"code", "text"}`. Codes of the signalling socket stand in
[signaling-protocol.md](signaling-protocol.md). This page is made from the source by `make fmt`.

| Code | Kind | What a person reads |
|---|---|---|
"""


def codes() -> dict[str, str]:
    """Every code with its kind, "–" where the kind is decided elsewhere."""
    worded = catalogue(Language.EN).starting_with("error.")
    found = {key.removeprefix("error."): "–" for key in worded if key.count(".") == 1}
    found["refused_by_rule"] = "Refused"
    for folder in ("coaching", "calendar_sync", "server"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            found |= dict(_codes_of(file))
    return dict(sorted(found.items()))


def _codes_of(file: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or not node.args:
            continue
        first = node.args[0]
        if node.func.id in KINDS and isinstance(first, ast.Constant):
            yield str(first.value), node.func.id


def error_page() -> str:
    """The whole page."""
    lines = [f"| `{code}` | {kind} | {_sentence(code)} |\n" for code, kind in codes().items()]
    kinds = [f"\n* **{kind}**: {meaning}" for kind, meaning in _MEANINGS.items()]
    return _HEAD + "".join(lines) + "".join(kinds) + "\n"


def _sentence(code: str) -> str:
    key, texts = f"error.{code}", catalogue(Language.EN)
    sentence = texts.starting_with(key)[key] if texts.has(key) else "–"
    return sentence.replace("|", "/").replace("\n", " ")


if __name__ == "__main__":
    PAGE.write_text(error_page(), encoding="utf-8")
