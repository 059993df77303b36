"""The outbox of jobs, routing rules, and which series are complete: all that are there."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add them."""
    op.create_table(
        "job",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("node", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("lost_count", sa.Integer, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("tried_since", MOMENT, nullable=False),
        sa.Column("not_before", MOMENT, nullable=False),
        sa.Column("lease", sa.String(32), nullable=False),
        sa.Column("leased_until", MOMENT),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("finished_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
    )
    op.create_index("ix_job_state_not_before", "job", ["state", "not_before"])
    op.create_index("ix_job_kind_key", "job", ["kind", "key"])
    op.create_table(
        "routing_rule",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_routing_rule"),
    )
    op.create_table(
        "forwarded",
        sa.Column("ae_title", sa.String(16), nullable=False),
        sa.Column("sop_instance_uid", sa.String(64), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("transaction_uid", sa.String(64), nullable=False),
        sa.Column("committed_at", MOMENT),
        sa.Column("failure", sa.Integer),
        sa.PrimaryKeyConstraint("sop_instance_uid", "ae_title", name="pk_forwarded"),
    )
    is_complete = sa.Column("is_complete", sa.Boolean, nullable=False, server_default=sa.true())
    op.add_column("series", is_complete)
