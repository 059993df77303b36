"""Orders of the modality worklist, performed procedure steps, commitments."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_Utc = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make their tables."""
    op.create_table(
        "imaging_order",
        sa.Column("id", _Id),
        sa.Column("order_id", sa.String(32), nullable=False),
        sa.Column("step_id", sa.String(16), nullable=False),
        sa.Column("study_uid", sa.String(64), nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("said", sa.String(64), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("starts_at", sa.DateTime, nullable=False),
        sa.Column("modality", sa.Text, nullable=False),
        sa.Column("station_ae_title", sa.Text, nullable=False),
        sa.Column("patient_id", sa.Text, nullable=False),
        sa.Column("accession_number", sa.Text, nullable=False),
        sa.Column("fold", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("updated_at", _Utc, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_imaging_order"),
        sa.UniqueConstraint("order_id", name="uq_imaging_order_order_id"),
        sa.UniqueConstraint("study_uid", "step_id", name="uq_imaging_order_study_uid_step_id"),
    )
    op.create_index("ix_imaging_order_step_id", "imaging_order", ["step_id"])
    op.create_index("ix_imaging_order_starts_at", "imaging_order", ["starts_at", "id"])
    op.create_table(
        "performed_step",
        sa.Column("id", _Id),
        sa.Column("sop_instance_uid", sa.String(64), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("station_ae_title", sa.Text, nullable=False),
        sa.Column("modality", sa.Text, nullable=False),
        sa.Column("study_uids", sa.Text, nullable=False),
        sa.Column("started_at", sa.DateTime),
        sa.Column("ended_at", sa.DateTime),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("updated_at", _Utc, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_performed_step"),
        sa.UniqueConstraint("sop_instance_uid", name="uq_performed_step_sop_instance_uid"),
    )
    op.create_table(
        "performed_order",
        sa.Column(
            "performed_step_id",
            _Id,
            sa.ForeignKey(
                "performed_step.id", name="fk_performed_order_performed_step_id_performed_step"
            ),
            nullable=False,
        ),
        sa.Column(
            "order_id",
            _Id,
            sa.ForeignKey("imaging_order.id", name="fk_performed_order_order_id_imaging_order"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("order_id", "performed_step_id", name="pk_performed_order"),
    )
    op.create_index(
        "ix_performed_order_performed_step_id", "performed_order", ["performed_step_id"]
    )
    op.create_table(
        "storage_commitment",
        sa.Column("id", _Id),
        sa.Column("transaction_uid", sa.String(64), nullable=False),
        sa.Column("ae_title", sa.Text, nullable=False),
        sa.Column("called_ae_title", sa.Text, nullable=False),
        sa.Column("references", sa.LargeBinary, nullable=False),
        sa.Column("requested_at", _Utc, nullable=False),
        sa.Column("reported_at", _Utc),
        sa.PrimaryKeyConstraint("id", name="pk_storage_commitment"),
        sa.UniqueConstraint(
            "ae_title", "transaction_uid", name="uq_storage_commitment_ae_title_transaction_uid"
        ),
    )
