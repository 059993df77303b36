"""The tables of the index, the same on SQLite and PostgreSQL.

Times are UTC; dates and times that come from DICOM are the scanner's own. Beside these tables there
is an index of the studies' words and one of their letters, which each database keeps in its own
way: see `store.search` and `store.grams`.
"""

from datetime import UTC, datetime

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Utc(sa.TypeDecorator[datetime]):
    """A moment, aware and in UTC on either database."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: sa.Dialect) -> datetime | None:
        """Into UTC; SQLite drops the zone."""
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, _dialect: sa.Dialect) -> datetime | None:
        """Back as UTC."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


_Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")

archive = sa.Table(
    "archive",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),  # 1: there is one row
    sa.Column("identity", sa.String(32), nullable=False),
)

study = sa.Table(
    "study",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("study_uid", sa.String(64), nullable=False, unique=True),
    sa.Column("patient_name", sa.Text, nullable=False, default=""),
    sa.Column("patient_id", sa.Text, nullable=False, default=""),
    sa.Column("issuer_of_patient_id", sa.Text, nullable=False, default=""),
    sa.Column("birth_date", sa.Date),
    sa.Column("sex", sa.Text, nullable=False, default=""),
    sa.Column("study_date", sa.Date),
    sa.Column("study_time", sa.Time),
    sa.Column("accession_number", sa.Text, nullable=False, default=""),
    sa.Column("description", sa.Text, nullable=False, default=""),
    sa.Column("referring_physician", sa.Text, nullable=False, default=""),
    sa.Column("institution", sa.Text, nullable=False, default=""),
    sa.Column("modalities", sa.Text, nullable=False, default=""),  # "CT/PT", sorted
    sa.Column("series_count", sa.Integer, nullable=False, default=0),
    sa.Column("instance_count", sa.Integer, nullable=False, default=0),
    sa.Column("report_state", sa.String(16)),
    sa.Column("received_at", Utc, nullable=False),
    sa.Column("rank", sa.BigInteger, nullable=False, index=True),  # store.search.rank
    sa.Column("fold", sa.Text, nullable=False, default=""),  # store.search.words
    sa.Column("dicom_study_id", sa.Text, nullable=False, default=""),
    sa.Column("name_form", sa.Text, nullable=False, default=""),  # domain.folding.name_form
    sa.Column("referring_form", sa.Text, nullable=False, default=""),  # the same
    sa.Column("patient_key", sa.String(32), nullable=False, default=""),  # filing.patient_key
    sa.Column("series_modalities", sa.Text, nullable=False, default=""),  # "CT\SR", of all series
    sa.Column("sop_classes", sa.Text, nullable=False, default=""),  # the same way
    sa.Column("character_set", sa.Text, nullable=False, default="", server_default=""),
    sa.Index("ix_study_patient_id", "patient_id"),
    sa.Index("ix_study_accession_number", "accession_number"),
    sa.Index("ix_study_patient_key_rank", "patient_key", "rank"),
)

series = sa.Table(
    "series",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("study_id", _Id, sa.ForeignKey("study.id"), nullable=False, index=True),
    sa.Column("series_uid", sa.String(64), nullable=False, unique=True),
    sa.Column("number", sa.BigInteger),
    sa.Column("modality", sa.Text, nullable=False, default=""),
    sa.Column("description", sa.Text, nullable=False, default=""),
    sa.Column("body_part", sa.Text, nullable=False, default=""),
    sa.Column("laterality", sa.Text, nullable=False, default=""),
    sa.Column("frame_of_reference_uid", sa.Text, nullable=False, default=""),
    sa.Column("instance_count", sa.Integer, nullable=False, default=0),
    sa.Column("image_count", sa.Integer, nullable=False, default=0),
    sa.Column("series_date", sa.Date),
    sa.Column("series_time", sa.Time),
    sa.Column("station_name", sa.Text, nullable=False, default=""),
    sa.Column("protocol_name", sa.Text, nullable=False, default=""),
    sa.Column("manufacturer", sa.Text, nullable=False, default=""),
    sa.Column("model_name", sa.Text, nullable=False, default=""),
    sa.Column("performed_date", sa.Date),
    sa.Column("performed_time", sa.Time),
    sa.Column("sop_classes", sa.Text, nullable=False, default=""),  # "1.2\1.3"
    sa.Column("is_complete", sa.Boolean, nullable=False, default=False, server_default=sa.true()),
    sa.Index("ix_series_modality_study_id", "modality", "study_id"),
)

series_request = sa.Table(
    "series_request",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("series_id", _Id, sa.ForeignKey("series.id"), nullable=False, index=True),
    sa.Column("scheduled_procedure_step_id", sa.Text, nullable=False),
    sa.Column("requested_procedure_id", sa.Text, nullable=False),
)

instance = sa.Table(
    "instance",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("series_id", _Id, sa.ForeignKey("series.id"), nullable=False, index=True),
    sa.Column("sop_instance_uid", sa.String(64), nullable=False, unique=True),
    sa.Column("sop_class_uid", sa.String(64), nullable=False),
    sa.Column("transfer_syntax_uid", sa.String(64), nullable=False),
    sa.Column("instance_number", sa.BigInteger),
    sa.Column("object_key", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("received_sha256", sa.String(64)),  # store.objects.Kept
    sa.Column("pixel_offset", sa.BigInteger, nullable=False, default=-1),
    sa.Column("pixel_length", sa.BigInteger, nullable=False, default=0),
    sa.Column("image", sa.LargeBinary),  # JSON of domain.image.Image, empty without pixels
    sa.Column("source_kind", sa.String(16), nullable=False),
    sa.Column("source_name", sa.Text, nullable=False),
    sa.Column("source_called", sa.Text, nullable=False, default="", server_default=""),
    sa.Column("received_at", Utc, nullable=False),
    sa.Column("character_set", sa.Text, nullable=False, default="", server_default=""),
    sa.Column("content_date", sa.Date),
    sa.Column("content_time", sa.Time),
    sa.Column("frame_count", sa.Integer),
    sa.Column("rows", sa.Integer),
    sa.Column("columns", sa.Integer),
    sa.Column("bits_allocated", sa.Integer),
)

quarantined = sa.Table(
    "quarantined",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
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
    sa.Column("source_called", sa.Text, nullable=False, default="", server_default=""),
    sa.Column("received_at", Utc, nullable=False),
    sa.Column("character_set", sa.Text, nullable=False),
    sa.UniqueConstraint("sop_instance_uid", "sha256"),
)

damaged = sa.Table(
    "damaged",
    metadata,
    sa.Column("object_key", sa.Text, primary_key=True),
    sa.Column("sop_instance_uid", sa.String(64), nullable=False, index=True),
    sa.Column("study_uid", sa.String(64), nullable=False),
    sa.Column("damage", sa.String(16), nullable=False),
    sa.Column("found_at", Utc, nullable=False),
)

fixity = sa.Table(
    "fixity",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),  # 1: there is one row
    sa.Column("started_at", Utc, nullable=False),
    sa.Column("checked", sa.BigInteger, nullable=False),
    sa.Column("after_id", sa.BigInteger, nullable=False),  # instances up to it were checked
    sa.Column("after_key", sa.Text, nullable=False),  # and those of no study, by their files
    sa.Column("finished_at", Utc),
)

deletion = sa.Table(
    "deletion",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("study_uid", sa.String(64), nullable=False),
    sa.Column("series_uid", sa.String(64), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("requested_by", sa.Text, nullable=False),
    sa.Column("requested_at", Utc, nullable=False),
    sa.Column("study", sa.LargeBinary, nullable=False),  # JSON of domain.study.StudySummary
    sa.Column("confirmed_by", sa.Text, nullable=False),
    sa.Column("deleted_at", Utc),
    sa.Column("purge_at", Utc),
    sa.Column("object_count", sa.Integer, nullable=False),
)

deleted_object = sa.Table(
    "deleted_object",
    metadata,
    sa.Column("deletion_id", sa.String(32), sa.ForeignKey("deletion.id"), nullable=False),
    sa.Column("sop_instance_uid", sa.String(64), nullable=False),
    sa.Column("object_key", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("received_sha256", sa.String(64)),
    sa.Column("source_kind", sa.String(16), nullable=False),
    sa.Column("source_name", sa.Text, nullable=False),
    sa.Column("source_called", sa.Text, nullable=False, default="", server_default=""),
    sa.Column("character_set", sa.Text, nullable=False),
    sa.PrimaryKeyConstraint("deletion_id", "sop_instance_uid"),
)

data_key = sa.Table(
    "data_key",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("study_uid", sa.String(64), nullable=False, index=True),
    sa.Column("wrapped", sa.LargeBinary, nullable=False),
    sa.Column("wrapped_by", sa.Text, nullable=False),  # store.key_encryption: the key's id
)

replaced_file = sa.Table(
    "replaced_file",
    metadata,
    sa.Column("object_key", sa.Text, primary_key=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("source_name", sa.Text, nullable=False),
    sa.Column("replaced_at", Utc, nullable=False),
)

change = sa.Table(
    "change",
    metadata,
    sa.Column("number", _Id, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("study_uid", sa.String(64), nullable=False),
    sa.Column("at", Utc, nullable=False),
    sqlite_autoincrement=True,
)

job = sa.Table(
    "job",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("key", sa.Text, nullable=False),  # one job of a kind and key waits at most, unless ""
    sa.Column("node", sa.Text, nullable=False),  # the AE title that it calls
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("payload", sa.LargeBinary, nullable=False),  # JSON
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("lost_count", sa.Integer, nullable=False),  # leases that ran out, one after another
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("tried_since", Utc, nullable=False),  # from here on a retry counts until it gives up
    sa.Column("not_before", Utc, nullable=False),
    sa.Column("lease", sa.String(32), nullable=False),  # of the worker that has it
    sa.Column("leased_until", Utc),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("finished_at", Utc),
    sa.Index("ix_job_state_not_before", "state", "not_before"),
    sa.Index("ix_job_kind_key", "kind", "key"),
)

routing_rule = sa.Table(
    "routing_rule",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),  # JSON of domain.routing.RoutingRule
)

forwarded = sa.Table(
    "forwarded",
    metadata,
    sa.Column("ae_title", sa.String(16), nullable=False),
    sa.Column("sop_instance_uid", sa.String(64), nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("transaction_uid", sa.String(64), nullable=False),  # in which it was asked to commit
    sa.Column("committed_at", Utc),
    sa.Column("failure", sa.Integer),  # why it does not keep it, as (0008,1197)
    sa.PrimaryKeyConstraint("sop_instance_uid", "ae_title"),
)

account = sa.Table(
    "account",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("username", sa.Text, nullable=False),
    sa.Column("username_fold", sa.Text, nullable=False, unique=True),
    sa.Column("full_name", sa.Text, nullable=False),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False, default=0),
    sa.Column("locked_until", Utc),
    sa.Column("created_at", Utc, nullable=False),
)

session = sa.Table(
    "session",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("account_id", _Id, sa.ForeignKey("account.id"), nullable=False, index=True),
    sa.Column("refresh_hash", sa.String(64), nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("expires_at", Utc, nullable=False),
    sa.Column("revoked_at", Utc),
    sa.Column("refreshed_at", Utc),
)

report = sa.Table(
    "report",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("study_id", _Id, sa.ForeignKey("study.id"), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),  # JSON of domain.report.ReportContent
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("updated_at", Utc, nullable=False),
    sa.Column("signed_by", sa.Text, nullable=False, default=""),
    sa.Column("signed_at", Utc),
    sa.Column("pdf_sop_instance_uid", sa.Text, nullable=False, default=""),
    sa.Column("pdf_sha256", sa.Text, nullable=False, default=""),
    sa.UniqueConstraint("study_id", "version"),
)

report_image = sa.Table(
    "report_image",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("study_id", _Id, sa.ForeignKey("study.id"), nullable=False, index=True),
    sa.Column("png", sa.LargeBinary, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("number", _Id, primary_key=True, autoincrement=True),
    sa.Column("at", Utc, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("action", sa.String(32), nullable=False),
    sa.Column("subject", sa.Text, nullable=False, default=""),
    sa.Column("outcome", sa.String(16), nullable=False),
    sa.Column("old_value", sa.Text, nullable=False, default="", server_default=""),
    sa.Column("new_value", sa.Text, nullable=False, default="", server_default=""),
    sqlite_autoincrement=True,
)

remote_node = sa.Table(
    "remote_node",
    metadata,
    sa.Column("ae_title", sa.String(16), primary_key=True),
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
)

imaging_order = sa.Table(
    "imaging_order",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("order_id", sa.String(32), nullable=False, unique=True),
    sa.Column("step_id", sa.String(16), nullable=False, index=True),
    sa.Column("study_uid", sa.String(64), nullable=False),
    sa.Column("origin", sa.String(16), nullable=False),
    sa.Column("said", sa.String(64), nullable=False),  # SHA-256 of what its worklist says, if any
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("starts_at", sa.DateTime, nullable=False),  # the clinic's own time
    sa.Column("modality", sa.Text, nullable=False),
    sa.Column("station_ae_title", sa.Text, nullable=False),  # empty: any of the modality
    sa.Column("patient_id", sa.Text, nullable=False),
    sa.Column("accession_number", sa.Text, nullable=False),
    sa.Column("fold", sa.Text, nullable=False),  # store.search.words between spaces
    sa.Column("content", sa.LargeBinary, nullable=False),  # JSON of domain.orders.OrderContent
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("updated_at", Utc, nullable=False),
    sa.UniqueConstraint("study_uid", "step_id"),
    sa.Index("ix_imaging_order_starts_at", "starts_at", "id"),
)

performed_step = sa.Table(
    "performed_step",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("sop_instance_uid", sa.String(64), nullable=False, unique=True),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("station_ae_title", sa.Text, nullable=False),
    sa.Column("modality", sa.Text, nullable=False),
    sa.Column("study_uids", sa.Text, nullable=False),  # with backslashes between them
    sa.Column("started_at", sa.DateTime),
    sa.Column("ended_at", sa.DateTime),
    sa.Column("data", sa.LargeBinary, nullable=False),  # explicit VR little endian, UTF-8
    sa.Column("updated_at", Utc, nullable=False),
)

performed_order = sa.Table(
    "performed_order",
    metadata,
    sa.Column(
        "performed_step_id", _Id, sa.ForeignKey("performed_step.id"), nullable=False, index=True
    ),
    sa.Column("order_id", _Id, sa.ForeignKey("imaging_order.id"), nullable=False),
    sa.PrimaryKeyConstraint("order_id", "performed_step_id"),
)

storage_commitment = sa.Table(
    "storage_commitment",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("transaction_uid", sa.String(64), nullable=False),
    sa.Column("ae_title", sa.Text, nullable=False),
    sa.Column("called_ae_title", sa.Text, nullable=False),
    sa.Column("references", sa.LargeBinary, nullable=False),  # JSON of domain.commitment.Reference
    sa.Column("requested_at", Utc, nullable=False),
    sa.Column("reported_at", Utc),
    sa.UniqueConstraint("ae_title", "transaction_uid"),
)
