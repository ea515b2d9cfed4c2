"""Who of the staff wants invitations by mail, where no calendar of theirs is written to."""

import sqlalchemy as sa
from alembic import op

from server.store.schema import Instant

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the list; nobody is on it."""
    op.create_table(
        "staff_mail",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_mail_staff_id")),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_staff_mail")),
    )


def downgrade() -> None:
    """Take it away; nobody of the staff is mailed."""
    op.drop_table("staff_mail")
