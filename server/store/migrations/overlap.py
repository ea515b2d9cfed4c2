"""No overlap of a coach, a candidate or a room, kept by the database itself.

A meeting that was missed, cancelled or failed frees its time. Both databases say `coach_taken`,
`candidate_taken` or `room_taken`: PostgreSQL as the name of the constraint, SQLite as the message.
"""

from alembic import op

_TAKEN_BY = {
    "coach_taken": "coach_id",
    "candidate_taken": "candidate_id",
    "room_taken": "room_id",
}
STANDING = "('planned', 'open', 'held')"
HOLDING = "('planned', 'open', 'held', 'provisional')"


def forbid_overlap(statuses: str = STANDING) -> None:
    """Add the rule, for meetings with one of these statuses, to the database at hand."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
        for name, column in _TAKEN_BY.items():
            op.execute(_exclusion(name, column, statuses))
        return
    for name, column in _TAKEN_BY.items():
        op.execute(_trigger(name, column, statuses, "insert", "INSERT"))
        columns = f"starts_at, ends_at, status, {column}"
        op.execute(_trigger(name, column, statuses, "update", f"UPDATE OF {columns}"))


def allow_overlap() -> None:
    """Take the rule away."""
    if op.get_bind().dialect.name == "postgresql":
        for name in _TAKEN_BY:
            op.execute(f"ALTER TABLE meeting DROP CONSTRAINT {name}")
        return
    for name in _TAKEN_BY:
        op.execute(f"DROP TRIGGER {name}_insert")
        op.execute(f"DROP TRIGGER {name}_update")


def _exclusion(name: str, column: str, statuses: str) -> str:
    return (
        f"ALTER TABLE meeting ADD CONSTRAINT {name} EXCLUDE USING gist "
        f"({column} WITH =, tstzrange(starts_at, ends_at) WITH &&) WHERE (status IN {statuses})"
    )


def _trigger(name: str, column: str, statuses: str, suffix: str, when: str) -> str:
    # A NULL room equals nothing, so a meeting without room never overlaps by room.
    clash = (
        f"{column} = NEW.{column} AND id IS NOT NEW.id AND status IN {statuses} "
        "AND starts_at < NEW.ends_at AND ends_at > NEW.starts_at"
    )
    return (
        f"CREATE TRIGGER {name}_{suffix} BEFORE {when} ON meeting "  # noqa: S608 -- constants of this file
        f"WHEN NEW.status IN {statuses} BEGIN "
        f"SELECT RAISE(ABORT, '{name}') WHERE EXISTS (SELECT 1 FROM meeting WHERE {clash}); END"
    )
