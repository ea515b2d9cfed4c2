"""Tasks of a talk, what was agreed at its end, and what a practice gave."""

import sqlalchemy as sa
from alembic import op

from server.store.schema import Instant

revision = "0005"
down_revision = "0004"

_REFERENCES = {
    "task": {"meeting_id": "meeting", "trajectory_id": "trajectory", "given_by": "staff"},
    "readiness": {
        "candidate_id": "candidate",
        "staff_id": "staff",
        "meeting_id": "meeting",
        "recorded_by": "staff",
    },
    "closing_note": {"staff_id": "staff"},
}


def upgrade() -> None:
    """Add the three tables; from now on R6, R12, R13 and R15 have something to look at."""
    op.create_table(
        "task",
        *_keys("task"),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("trajectory_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("given_by", sa.Uuid(), nullable=False),
        sa.Column("given_at", Instant(), nullable=False),
        sa.Column("done_at", Instant(), nullable=True),
        sa.Column("discussed_at", Instant(), nullable=True),
    )
    op.create_table(
        "closing_note",
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("next_step", sa.String(length=200), nullable=True),
        sa.Column("no_task_because", sa.String(length=24), nullable=True),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        *_foreign("closing_note"),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_closing_note_meeting_id")
        ),
        sa.PrimaryKeyConstraint("meeting_id", name=op.f("pk_closing_note")),
    )
    op.create_table(
        "readiness",
        *_keys("readiness"),
        sa.Column("candidate_id", sa.Uuid(), nullable=True),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("meeting_id", sa.Uuid(), nullable=True),
        sa.Column("device", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("score", sa.String(length=8), nullable=False),
        sa.Column("cause", sa.String(length=16), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(candidate_id IS NULL) <> (staff_id IS NULL)", name=op.f("ck_readiness_of_one_person")
        ),
    )
    for table, references in _REFERENCES.items():
        for column in references:
            op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)


def downgrade() -> None:
    """Take them away; the rules about tasks and practice fall silent."""
    for table in _REFERENCES:
        op.drop_table(table)


def _keys(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        *_foreign(table),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def _foreign(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))
        for column, to in _REFERENCES[table].items()
    ]
