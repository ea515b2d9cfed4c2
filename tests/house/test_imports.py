"""The rules reach nothing outside themselves; `pyproject.toml` names only the worst."""

import ast
from pathlib import Path

import pytest

pytestmark = pytest.mark.house
COACHING = Path(__file__).resolve().parents[2] / "coaching"
WITHOUT_A_WORLD = frozenset(
    {
        *("array", "bisect", "collections", "dataclasses", "datetime", "decimal", "enum"),
        *("fractions", "functools", "heapq", "itertools", "math", "operator", "re", "statistics"),
        *("string", "types", "typing", "unicodedata", "uuid", "zoneinfo", "coaching"),
    }
)


def imported_by(source: str) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add((node.module or "").partition(".")[0])
    return found


def test_coaching_imports_only_what_touches_no_file_net_clock_or_chance() -> None:
    modules = list(COACHING.rglob("*.py"))
    found = [
        f"{path.name}: {name}"
        for path in modules
        for name in sorted(imported_by(path.read_text(encoding="utf-8")) - WITHOUT_A_WORLD)
    ]

    assert modules
    assert found == []
