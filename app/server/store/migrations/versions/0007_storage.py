"""What the archive keeps of each object's storage."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add them."""
    for table in ("study", "instance"):
        op.add_column(table, sa.Column("character_set", sa.Text, nullable=False, server_default=""))
    op.create_table(
        "archive",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("identity", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_archive"),
    )
    op.create_table(
        "quarantined",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("sop_instance_uid", sa.String(64), nullable=False),
        sa.Column("series_uid", sa.String(64), nullable=False),
        sa.Column("study_uid", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("object_key", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("received_sha256", sa.String(64)),
        sa.Column("source_kind", sa.String(16), nullable=False),
        sa.Column("source_name", sa.Text, nullable=False),
        sa.Column("source_called", sa.Text, nullable=False, server_default=""),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("character_set", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_quarantined"),
        sa.UniqueConstraint(
            "sop_instance_uid", "sha256", name="uq_quarantined_sop_instance_uid_sha256"
        ),
    )
    op.create_table(
        "damaged",
        sa.Column("object_key", sa.Text, nullable=False),
        sa.Column("sop_instance_uid", sa.String(64), nullable=False),
        sa.Column("study_uid", sa.String(64), nullable=False),
        sa.Column("damage", sa.String(16), nullable=False),
        sa.Column("found_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("object_key", name="pk_damaged"),
    )
    op.create_index("ix_damaged_sop_instance_uid", "damaged", ["sop_instance_uid"])
    op.create_table(
        "fixity",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("checked", sa.BigInteger, nullable=False),
        sa.Column("after_id", sa.BigInteger, nullable=False),
        sa.Column("after_key", sa.Text, nullable=False),
        sa.Column("finished_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_fixity"),
    )
    op.create_table(
        "deletion",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("study_uid", sa.String(64), nullable=False),
        sa.Column("series_uid", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("requested_by", sa.Text, nullable=False),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("study", sa.LargeBinary, nullable=False),
        sa.Column("confirmed_by", sa.Text, nullable=False),
        sa.Column("deleted_at", MOMENT),
        sa.Column("purge_at", MOMENT),
        sa.Column("object_count", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deletion"),
    )
    op.create_table(
        "deleted_object",
        sa.Column("deletion_id", sa.String(32), nullable=False),
        sa.Column("sop_instance_uid", sa.String(64), nullable=False),
        sa.Column("object_key", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("received_sha256", sa.String(64)),
        sa.Column("source_kind", sa.String(16), nullable=False),
        sa.Column("source_name", sa.Text, nullable=False),
        sa.Column("source_called", sa.Text, nullable=False, server_default=""),
        sa.Column("character_set", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("deletion_id", "sop_instance_uid", name="pk_deleted_object"),
        sa.ForeignKeyConstraint(
            ["deletion_id"], ["deletion.id"], name="fk_deleted_object_deletion_id_deletion"
        ),
    )
    op.create_table(
        "data_key",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("study_uid", sa.String(64), nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        sa.Column("wrapped_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_data_key"),
    )
    op.create_index("ix_data_key_study_uid", "data_key", ["study_uid"])
    op.create_table(
        "replaced_file",
        sa.Column("object_key", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("source_name", sa.Text, nullable=False),
        sa.Column("replaced_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("object_key", name="pk_replaced_file"),
    )
    op.add_column("instance", sa.Column("received_sha256", sa.String(64)))
    called = sa.Column("source_called", sa.Text, nullable=False, server_default="")
    op.add_column("instance", called)
