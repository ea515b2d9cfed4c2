"""Whether the coach's word that they are late came onto the candidate's screen."""

import sqlalchemy as sa
from alembic import op

from server.store.schema import Instant

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Add the column; of words told before nobody knows."""
    op.add_column("waiting_note", sa.Column("read_at", Instant(), nullable=True))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("waiting_note", "read_at")
