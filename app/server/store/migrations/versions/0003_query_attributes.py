"""What queries match and return beyond the worklist's columns."""

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add them."""
