"""Practices that were done without a camera, as was agreed."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Add the column; nobody could practise so before."""
    op.add_column(
        "readiness",
        sa.Column("without_camera", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_column("readiness", "without_camera")
