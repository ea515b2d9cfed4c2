"""The shape of the tree: nothing generated, no traces of a machine, short functions and files."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.house
ROOT = Path(__file__).resolve().parents[2]
FUNCTION_LINES = 40
FILE_LINES = 400
LONGER_FUNCTIONS: dict[str, str] = {}  # "path:name": why
LONGER_FILES: dict[str, str] = {  # path: why
    "signaling/messages.py": "one class per message of the protocol, which reads as one table",
    "server/usecases/booking.py": "five use cases, each with its promise; steps are elsewhere",
    "server/usecases/joining.py": "the whole way from a link to a seat, in its order",
    "tests/wire/test_pages.py": "one way through all pages, in the order that people take",
    "web/styles/staff.css": "one style sheet for all staff pages, loaded as one",
    "server/store/schema.py": "all tables of the database, which read as one",
    "server/store/migrations/versions/0002_blend.py": "lists its tables once, as it was made",
    "web/styles/base.css": "what every page shares, loaded as one",
    "benchmarks/signalling.py": "both servers and the load beside each other",
    "benchmarks/trajectories.py": "one life from its start to its end, with what must never happen",
    "tests/unit/coaching/test_plan.py": "one contract after another, by what is asked of a plan",
    "tests/unit/coaching/test_free_times.py": "one fact of availability after another",
    "tests/unit/signaling/test_room.py": "every row of the two state tables, in order",
}
GENERATED = re.compile(
    r"(^|/)(__pycache__|node_modules|dist|build|\.venv|\.demo|\.cache|\.mypy_cache|\.ruff_cache"
    r"|\.pytest_cache|\.hypothesis|[^/]*\.egg-info)(/|$)|\.pyc$|^benchmarks/out/|^tests/out/"
)
# pieced together, so that this file does not find itself
TRACES = re.compile(
    "|".join(
        (
            "/ro" + "ot/",
            "/ho" + r"me/\w",
            "/wo" + "rk/(main|shared)",
            "/op" + "t/(pypi|wheels)",
            "/tm" + r"p/h\d",
            "files.python" + "hosted",
            "python" + r"hosted\.org",
            r"\bpypi" + r"\.org",
            "registry." + r"npmjs\.org",
            "registry." + r"yarnpkg",
        )
    )
)


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    names = [Path(name) for name in listed.stdout.split("\0") if name]
    return [name for name in names if (ROOT / name).is_file()]


def functions() -> Iterator[tuple[str, int]]:
    """Every function of the program with its lines, docstring not counted."""
    for path in tracked("*.py"):
        if path.parts[0] == "tests" or "versions" in path.parts:
            continue  # a migration lists its tables once and is never touched again
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                told = ast.get_docstring(node, clean=False) or ""
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                yield f"{path}:{node.name}", lines - (told.count("\n") + 1 if told else 0)


def test_nothing_generated_is_tracked() -> None:
    assert [str(path) for path in tracked() if GENERATED.search(str(path))] == []


def test_no_file_names_a_machine_or_a_registry() -> None:
    found = []
    for path in tracked():
        try:
            text = (ROOT / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture
        found += [f"{path}: {trace[0]}" for trace in TRACES.finditer(text)]

    assert found == []


def test_functions_are_short() -> None:
    long = {name for name, lines in functions() if lines > FUNCTION_LINES}

    assert sorted(long - LONGER_FUNCTIONS.keys()) == []


def test_half_of_the_functions_have_at_most_nine_lines() -> None:
    lines = sorted(lines for _, lines in functions())

    assert lines[len(lines) // 2] <= 9


def test_files_are_not_long() -> None:
    sizes = {
        str(path): len((ROOT / path).read_text(encoding="utf-8").splitlines())
        for path in tracked("*.py", "web/src/*.ts", "web/templates/*.html", "web/styles/*.css")
    }
    long = {path for path, lines in sizes.items() if lines > FILE_LINES}

    assert sorted(long - LONGER_FILES.keys()) == []


def test_every_ignore_carries_its_reason() -> None:
    bare = re.compile(r"# noqa(?!: [A-Z0-9, ]+ -- \S)|# type: ignore(?!\[[\w, -]+\]  # \S)")
    found = [
        f"{path}:{number}"
        for path in tracked("*.py")
        for number, line in enumerate((ROOT / path).read_text(encoding="utf-8").splitlines(), 1)
        if bare.search(line) and path.name != "test_tree.py"
    ]

    assert found == []


def test_every_python_file_says_what_lives_in_it() -> None:
    silent = [
        str(path)
        for path in tracked("*.py")
        if path.parts[0] != "tests"
        and not ast.get_docstring(ast.parse((ROOT / path).read_text(encoding="utf-8")))
    ]

    assert silent == []


def lines_with(pattern: re.Pattern[str], files: str) -> list[str]:
    """Where in the tracked files it is found."""
    return [
        f"{path}:{number}"
        for path in tracked(files)
        for number, line in enumerate((ROOT / path).read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_python_file_carries_a_banner() -> None:
    banner = re.compile(r"^\s*#\s*[-=#*]{4,}")

    assert lines_with(banner, "*.py") == []


def test_no_journey_reads_words_once_that_another_window_may_bring_later() -> None:
    """A positive fact is waited for with `says` or `until`; on a slow machine it comes late."""
    hurried = re.compile(r"assert (?!.* not in )[^\n]*\bin \(?await text\(")

    assert lines_with(hurried, "tests/journeys/*.py") == []
