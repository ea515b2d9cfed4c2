"""Which of our places a candidate reaches most easily."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
_NAME = "fk_candidate_preference_near_place_id"


def upgrade() -> None:
    """Add the column; nobody was asked so far."""
    with op.batch_alter_table("candidate_preference") as table:
        table.add_column(sa.Column("near_place_id", sa.Uuid(), nullable=True))
        table.create_foreign_key(_NAME, "place", ["near_place_id"], ["id"])


def downgrade() -> None:
    """Take it away."""
    with op.batch_alter_table("candidate_preference") as table:
        table.drop_constraint(_NAME, type_="foreignkey")
        table.drop_column("near_place_id")
