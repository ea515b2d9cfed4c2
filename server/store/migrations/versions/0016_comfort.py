"""How at ease coaches are, and proposals about the comfort of candidates."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Add the columns; every proposal so far was about skill."""
    op.add_column("staff", sa.Column("comfort", sa.String(length=16), nullable=True))
    op.add_column("staff", sa.Column("comfort_since", sa.Date(), nullable=True))
    what = sa.Column("what", sa.String(length=8), server_default="skill", nullable=False)
    op.add_column("skill_proposal", what)


def downgrade() -> None:
    """Take them away, with the proposals that were about comfort."""
    op.execute("DELETE FROM skill_proposal WHERE what <> 'skill'")
    op.drop_column("skill_proposal", "what")
    op.drop_column("staff", "comfort_since")
    op.drop_column("staff", "comfort")
