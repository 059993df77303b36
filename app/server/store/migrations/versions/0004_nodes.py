"""Remote nodes and what they may do; what an audited record was and became."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add them."""
    op.create_table(
        "remote_node",
        sa.Column("ae_title", sa.String(16), nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("port", sa.Integer, nullable=False),
        sa.Column("tls", sa.Boolean, nullable=False),
        sa.Column("host_is_checked", sa.Boolean, nullable=False),
        sa.Column("character_set", sa.Text, nullable=False),
        sa.Column("may_store", sa.Boolean, nullable=False),
        sa.Column("may_query", sa.Boolean, nullable=False),
        sa.Column("may_retrieve", sa.Boolean, nullable=False),
        sa.Column("is_archive", sa.Boolean, nullable=False),
        sa.Column("is_told_of_images", sa.Boolean, nullable=False),
        sa.Column("is_asked_to_commit", sa.Boolean, nullable=False),
        sa.Column("has_worklist", sa.Boolean, nullable=False),
        sa.Column("prior_count", sa.Integer, nullable=False),
        sa.Column("prior_years", sa.Integer, nullable=False),
        sa.Column("is_printer", sa.Boolean, nullable=False),
        sa.Column("film_size", sa.String(16), nullable=False),
        sa.Column("film_is_landscape", sa.Boolean, nullable=False),
        sa.Column("film_columns", sa.Integer, nullable=False),
        sa.Column("film_rows", sa.Integer, nullable=False),
        sa.Column("film_bits", sa.Integer, nullable=False),
        sa.Column("film_is_colour", sa.Boolean, nullable=False),
        sa.Column("dicomweb_url", sa.Text, nullable=False),
        sa.Column("dicomweb_user", sa.Text, nullable=False),
        sa.Column("dicomweb_secret", sa.Text, nullable=False, server_default=""),
        sa.Column("preferred_transfer_syntax", sa.String(64), nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("ae_title", name="pk_remote_node"),
    )
    for name in ("old_value", "new_value"):
        op.add_column("audit", sa.Column(name, sa.Text, nullable=False, server_default=""))
