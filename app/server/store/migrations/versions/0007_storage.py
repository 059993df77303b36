"""What the archive keeps of each object's storage."""

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add them."""
