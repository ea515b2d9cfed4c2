"""What somebody on the staff may do is decided in `coaching.access`, and nowhere beside it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.house

ROOT = Path(__file__).resolve().parents[2]
ASKED = ("server/usecases", "server/routes", "server/jobs", "signaling")
WHO_ASKS = frozenset({"actor.id", "staff.id", "asker.staff.id", "self.staff.id"})
OTHERWISE = {  # "path: comparison": why it gives no right
    "server/usecases/exceptions.py: found.asked_by == actor.id": "a second person is another one",
    "server/usecases/practice_guides.py: one != actor.id": "who did it is not told of it",
    "server/usecases/talks.py: actor.id == self.coach.id": "the two of a talk, which R1 asks",
    "server/routes/today.py: one.coach == actor.id": "the own line of those they read",
    "server/routes/readiness.py: one.coach == actor.id": "the own line of those they read",
    "server/jobs/staff_post.py: meeting.coach_id == staff.id": "to whom a mail of ours still goes",
    "server/jobs/staff_post.py: staff.id in await mailed_for(tx, meeting.id)": "the same",
    "server/routes/photos.py: actor.id == coach": "whether the page says your photo or theirs",
}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for folder in ASKED:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))


def comparisons(tree: ast.Module) -> Iterator[tuple[str, frozenset[str]]]:
    """Each comparison with what it compares, as written."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = (node.left, *node.comparators)
            inner = {ast.unparse(one) for side in sides for one in ast.walk(side)}
            yield ast.unparse(node), frozenset(inner)


def limits(tree: ast.Module) -> frozenset[str]:
    """Names that hold what `limited_to` gave."""
    return frozenset(
        ast.unparse(node.targets[0])
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("limited_to(")
    )


def test_nobody_compares_who_asks_with_somebody_to_give_a_right() -> None:
    found = {
        f"{path}: {said}"
        for path, tree in modules()
        for said, sides in comparisons(tree)
        if sides & WHO_ASKS
    }

    assert sorted(found - OTHERWISE.keys()) == []
    assert sorted(OTHERWISE.keys() - found) == []


def test_what_limits_a_list_is_handed_to_the_store_and_decides_nothing() -> None:
    found = [
        f"{path}: {said}"
        for path, tree in modules()
        for said, sides in comparisons(tree)
        if limits(tree) & sides or any(one.startswith("limited_to(") for one in sides)
    ]

    assert found == []


def test_nobody_asks_for_the_role_of_a_planner_or_an_admin_but_for_a_right() -> None:
    found = [
        f"{path}:{node.lineno}"
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and ast.unparse(node) in ("StaffRole.PLANNER", "StaffRole.ADMIN")
    ]

    assert found == []
