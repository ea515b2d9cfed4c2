"""A coach may hide where they are: their side of a talk goes through the relay only."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the switch, off for everybody."""
    op.add_column(
        "staff",
        sa.Column("hides_address", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:
    """Take it away; everybody can be found again where the network allows it."""
    op.drop_column("staff", "hides_address")
