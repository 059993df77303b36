"""The tables of the first version."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_Utc = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make every table and the index of words."""
    op.create_table(
        "study",
        sa.Column("id", _Id),
        sa.Column("study_uid", sa.String(64), nullable=False),
        sa.Column("patient_name", sa.Text, nullable=False),
        sa.Column("patient_id", sa.Text, nullable=False),
        sa.Column("issuer_of_patient_id", sa.Text, nullable=False),
        sa.Column("birth_date", sa.Date),
        sa.Column("sex", sa.Text, nullable=False),
        sa.Column("study_date", sa.Date),
        sa.Column("study_time", sa.Time),
        sa.Column("accession_number", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("referring_physician", sa.Text, nullable=False),
        sa.Column("institution", sa.Text, nullable=False),
        sa.Column("modalities", sa.Text, nullable=False),
        sa.Column("series_count", sa.Integer, nullable=False),
        sa.Column("instance_count", sa.Integer, nullable=False),
        sa.Column("report_state", sa.String(16)),
        sa.Column("received_at", _Utc, nullable=False),
        sa.Column("rank", sa.BigInteger, nullable=False),
        sa.Column("fold", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_study"),
        sa.UniqueConstraint("study_uid", name="uq_study_study_uid"),
    )
    op.create_table(
        "series",
        sa.Column("id", _Id),
        sa.Column(
            "study_id",
            _Id,
            sa.ForeignKey("study.id", name="fk_series_study_id_study"),
            nullable=False,
        ),
        sa.Column("series_uid", sa.String(64), nullable=False),
        sa.Column("number", sa.BigInteger),
        sa.Column("modality", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("body_part", sa.Text, nullable=False),
        sa.Column("laterality", sa.Text, nullable=False),
        sa.Column("frame_of_reference_uid", sa.Text, nullable=False),
        sa.Column("instance_count", sa.Integer, nullable=False),
        sa.Column("image_count", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_series"),
        sa.UniqueConstraint("series_uid", name="uq_series_series_uid"),
    )
    op.create_table(
        "instance",
        sa.Column("id", _Id),
        sa.Column(
            "series_id",
            _Id,
            sa.ForeignKey("series.id", name="fk_instance_series_id_series"),
            nullable=False,
        ),
        sa.Column("sop_instance_uid", sa.String(64), nullable=False),
        sa.Column("sop_class_uid", sa.String(64), nullable=False),
        sa.Column("transfer_syntax_uid", sa.String(64), nullable=False),
        sa.Column("instance_number", sa.BigInteger),
        sa.Column("object_key", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("pixel_offset", sa.BigInteger, nullable=False),
        sa.Column("pixel_length", sa.BigInteger, nullable=False),
        sa.Column("image", sa.LargeBinary),
        sa.Column("source_kind", sa.String(16), nullable=False),
        sa.Column("source_name", sa.Text, nullable=False),
        sa.Column("received_at", _Utc, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_instance"),
        sa.UniqueConstraint("sop_instance_uid", name="uq_instance_sop_instance_uid"),
    )
    op.create_table(
        "change",
        sa.Column("number", _Id, autoincrement=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("study_uid", sa.String(64), nullable=False),
        sa.Column("at", _Utc, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_change"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "account",
        sa.Column("id", _Id),
        sa.Column("username", sa.Text, nullable=False),
        sa.Column("username_fold", sa.Text, nullable=False),
        sa.Column("full_name", sa.Text, nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("locked_until", _Utc),
        sa.Column("created_at", _Utc, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("username_fold", name="uq_account_username_fold"),
    )
    op.create_table(
        "session",
        sa.Column("id", sa.String(32)),
        sa.Column(
            "account_id",
            _Id,
            sa.ForeignKey("account.id", name="fk_session_account_id_account"),
            nullable=False,
        ),
        sa.Column("refresh_hash", sa.String(64), nullable=False),
        sa.Column("created_at", _Utc, nullable=False),
        sa.Column("expires_at", _Utc, nullable=False),
        sa.Column("revoked_at", _Utc),
        sa.PrimaryKeyConstraint("id", name="pk_session"),
    )
    op.create_table(
        "report",
        sa.Column("id", sa.String(32)),
        sa.Column(
            "study_id",
            _Id,
            sa.ForeignKey("study.id", name="fk_report_study_id_study"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("updated_at", _Utc, nullable=False),
        sa.Column("signed_by", sa.Text, nullable=False),
        sa.Column("signed_at", _Utc),
        sa.Column("pdf_sop_instance_uid", sa.Text, nullable=False),
        sa.Column("pdf_sha256", sa.Text, nullable=False),
        sa.UniqueConstraint("study_id", "version", name="uq_report_study_id_version"),
        sa.PrimaryKeyConstraint("id", name="pk_report"),
    )
    op.create_table(
        "report_image",
        sa.Column("id", sa.String(32)),
        sa.Column(
            "study_id",
            _Id,
            sa.ForeignKey("study.id", name="fk_report_image_study_id_study"),
            nullable=False,
        ),
        sa.Column("png", sa.LargeBinary, nullable=False),
        sa.Column("created_at", _Utc, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_report_image"),
    )
    op.create_table(
        "audit",
        sa.Column("number", _Id, autoincrement=True),
        sa.Column("at", _Utc, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_study_rank", "study", ["rank"])
    op.create_index("ix_study_patient_id", "study", ["patient_id"])
    op.create_index("ix_series_study_id", "series", ["study_id"])
    op.create_index("ix_instance_series_id", "instance", ["series_id"])
    op.create_index("ix_session_account_id", "session", ["account_id"])
    op.create_index("ix_report_image_study_id", "report_image", ["study_id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "ALTER TABLE study ADD COLUMN words tsvector"
            " GENERATED ALWAYS AS (array_to_tsvector(string_to_array(fold, ' '))) STORED"
        )
        op.execute("CREATE INDEX ix_study_words ON study USING gin (words)")
    else:
        op.execute(
            "CREATE VIRTUAL TABLE study_words USING fts5(words, content='', columnsize=0,"
            " detail=none, prefix='1 2 3 4 5 6 7 8',"
            " tokenize=\"unicode61 remove_diacritics 0 categories 'L* M* N* P* S* C*'\")"
        )
