"""When a session was last renewed: a renewal whose answer got lost may be asked for again."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column; sessions of before were renewed at no known time."""
    op.add_column("session", sa.Column("refreshed_at", sa.DateTime(timezone=True)))
