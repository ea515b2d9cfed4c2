"""How long both pages of a talk vouched that they saw the other."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Add the column; of talks before nobody knows."""
    op.add_column("meeting", sa.Column("attested_seconds", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("meeting", "attested_seconds")
