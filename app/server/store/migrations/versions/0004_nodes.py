"""Remote nodes and what they may do."""

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add them."""
