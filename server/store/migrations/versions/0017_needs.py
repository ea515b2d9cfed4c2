"""What a candidate needs of every room."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add the column; nobody's needs were written down so far."""
    needs = sa.Column("needs", sa.JSON(), server_default="[]", nullable=False)
    op.add_column("candidate_preference", needs)


def downgrade() -> None:
    """Take it away."""
    op.drop_column("candidate_preference", "needs")
