"""What was known of skill and comfort and when, the wished channel, when R18 was answered."""

from datetime import UTC, datetime, time

import sqlalchemy as sa
from alembic import op

from server.store.schema import Instant

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Keep levels with their moment; of who is known already, that of today since its own day."""
    made = op.create_table(
        "candidate_level",
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.String(length=8), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=24), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_candidate_level_candidate_id")
        ),
        sa.PrimaryKeyConstraint("candidate_id", "what", "at", name=op.f("pk_candidate_level")),
    )
    op.add_column("candidate_preference", sa.Column("channel", sa.String(length=8), nullable=True))
    op.add_column("candidate_preference", sa.Column("asked_at", Instant(), nullable=True))
    known = sa.table(
        "candidate",
        sa.column("id", sa.Uuid()),
        sa.column("skill", sa.String()),
        sa.column("skill_source", sa.String()),
        sa.column("skill_since", sa.Date()),
    )
    rows = [
        {
            "candidate_id": one.id,
            "what": "skill",
            "at": datetime.combine(one.skill_since, time(), tzinfo=UTC),
            "level": one.skill,
            "source": one.skill_source,
            "since": one.skill_since,
        }
        for one in op.get_bind().execute(sa.select(known))
    ]
    if rows:
        op.bulk_insert(made, rows)


def downgrade() -> None:
    """Take them away; the levels of today stay with the candidate."""
    op.drop_column("candidate_preference", "asked_at")
    op.drop_column("candidate_preference", "channel")
    op.drop_table("candidate_level")
