"""Sign-in links that are good once, and where somebody signed in well."""

import sqlalchemy as sa
from alembic import op

from server.store.schema import Instant

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Add both; a link that was given before is good once from now on."""
    op.add_column(
        "login_link",
        sa.Column("reusable", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_table(
        "login_place",
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_login_place")),
    )
    op.create_index(op.f("ix_login_place_at"), "login_place", ["at"], unique=False)


def downgrade() -> None:
    """Take them away."""
    op.drop_index(op.f("ix_login_place_at"), table_name="login_place")
    op.drop_table("login_place")
    op.drop_column("login_link", "reusable")
