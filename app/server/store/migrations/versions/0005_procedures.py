"""Orders of the modality worklist, performed procedure steps, commitments."""

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add them."""
