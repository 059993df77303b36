"""The outbox of jobs, and routing rules."""

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add them."""
