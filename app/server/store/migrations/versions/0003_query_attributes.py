"""What queries match and return beyond the worklist's columns.

What the index already knew fills them; what only an object's header says (StudyID, StationName, the
performed step, Rows …) stays empty for objects that came before.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

BATCH = 1000

_Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")

NEW_TEXTS = {
    "study": (
        "dicom_study_id",
        "name_form",
        "referring_form",
        "patient_key",
        "series_modalities",
        "sop_classes",
    ),
    "series": ("station_name", "protocol_name", "manufacturer", "model_name", "sop_classes"),
}
NEW_VALUES: dict[str, dict[str, type[sa.types.TypeEngine[Any]]]] = {
    "series": {
        "series_date": sa.Date,
        "series_time": sa.Time,
        "performed_date": sa.Date,
        "performed_time": sa.Time,
    },
    "instance": {
        "content_date": sa.Date,
        "content_time": sa.Time,
        "frame_count": sa.Integer,
        "rows": sa.Integer,
        "columns": sa.Integer,
        "bits_allocated": sa.Integer,
    },
}
BY_PERIOD = (
    """
CREATE OR REPLACE FUNCTION klinika_grams(rank bigint, texts text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
SELECT coalesce(array_agg((rank >> 49)::text || ' ' || substr(texts, i, 3)), '{}')
FROM generate_series(1, length(texts) - 2) AS i
$$
""",
    """
CREATE OR REPLACE FUNCTION klinika_words(rank bigint, words text) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
SELECT array_to_tsvector(string_to_array(
    (rank >> 49)::text || ' ' || replace(words, ' ', E'\n' || (rank >> 49)::text || ' '), E'\n'
))
$$
""",
)
"""PostgreSQL's functions for `store.periods`."""


def upgrade() -> None:
    """Add and fill them, and index the letters of studies."""
    for table, names in NEW_TEXTS.items():
        for name in names:
            kind = sa.String(32) if name == "patient_key" else sa.Text()
            op.add_column(table, sa.Column(name, kind, nullable=False, server_default=""))
    for table, values in NEW_VALUES.items():
        for name, value_type in values.items():
            op.add_column(table, sa.Column(name, value_type))
    op.create_table(
        "series_request",
        sa.Column("id", _Id),
        sa.Column(
            "series_id",
            _Id,
            sa.ForeignKey("series.id", name="fk_series_request_series_id_series"),
            nullable=False,
        ),
        sa.Column("scheduled_procedure_step_id", sa.Text, nullable=False),
        sa.Column("requested_procedure_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_series_request"),
    )
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    if is_postgresql:
        for function in BY_PERIOD:
            op.execute(function)
    else:
        op.execute(
            "CREATE VIRTUAL TABLE study_grams USING fts5(grams, content='', columnsize=0,"
            " detail=none,"
            " tokenize=\"unicode61 remove_diacritics 0 categories 'L* M* N* P* S* C*'\")"
        )
    _fill_series()
    for studies in _batches():
        _fill_studies(studies, has_grams_table=not is_postgresql)
    op.create_index("ix_series_request_series_id", "series_request", ["series_id"])
    op.create_index("ix_series_modality_study_id", "series", ["modality", "study_id"])
    op.create_index("ix_study_accession_number", "study", ["accession_number"])
    op.create_index("ix_study_patient_key_rank", "study", ["patient_key", "rank"])
    if is_postgresql:
        fields = ("name_form", "patient_id", "accession_number", "description")
        letters = " || ".join(f"{name} || '\\'" for name in fields)
        for name, indexed in (
            ("ix_study_words_grams", f"klinika_grams(rank, {letters})"),
            ("ix_study_words_periods", "klinika_words(rank, fold)"),
        ):
            op.execute(f"CREATE INDEX {name} ON study USING gin ({indexed})")


def _fill_series() -> None:
    aggregate = "string_agg(DISTINCT sop_class_uid, '\\')"
    if op.get_bind().dialect.name == "sqlite":
        aggregate = "replace(group_concat(DISTINCT sop_class_uid), ',', '\\')"
    op.execute(
        f"UPDATE series SET sop_classes = coalesce((SELECT {aggregate} FROM instance"  # noqa: S608 - our own words
        " WHERE series_id = series.id), '')"
    )


def _batches() -> Iterator[list[dict[str, Any]]]:
    connection, last = op.get_bind(), 0
    page = sa.text(
        "SELECT id, rank, patient_name, patient_id, issuer_of_patient_id, birth_date,"
        " accession_number, description, referring_physician FROM study"
        " WHERE id > :last ORDER BY id LIMIT :limit"
    ).columns(birth_date=sa.Date)
    while rows := connection.execute(page, {"last": last, "limit": BATCH}).mappings().all():
        yield [dict(row) for row in rows]
        last = rows[-1]["id"]


def _fill_studies(studies: list[dict[str, Any]], *, has_grams_table: bool) -> None:
    from app.domain.folding import name_form
    from app.server.store import filing, grams

    connection = op.get_bind()
    modalities: dict[int, set[str]] = defaultdict(set)
    classes: dict[int, set[str]] = defaultdict(set)
    of_these = sa.text(
        "SELECT study_id, modality, sop_classes FROM series WHERE study_id BETWEEN :first AND :last"
    )
    bounds = {"first": studies[0]["id"], "last": studies[-1]["id"]}
    for row in connection.execute(of_these, bounds):
        modalities[row.study_id].update({row.modality} - {""})
        classes[row.study_id].update(set(row.sop_classes.split("\\")) - {""})
    for each in studies:
        each["name_form"] = name_form(each["patient_name"])
        each["referring_form"] = name_form(each["referring_physician"])
        each["patient_key"] = filing.patient_key(each)
        each["series_modalities"] = "\\".join(sorted(modalities[each["id"]]))
        each["sop_classes"] = "\\".join(sorted(classes[each["id"]]))
    names = ("name_form", "referring_form", "patient_key", "series_modalities", "sop_classes")
    new = ", ".join(f"{name} = :{name}" for name in names)
    connection.execute(
        sa.text(f"UPDATE study SET {new} WHERE id = :id"),  # noqa: S608 - our own words
        [{"id": each["id"], **{name: each[name] for name in names}} for each in studies],
    )
    if has_grams_table:
        for each in studies:
            grams.replace(connection, None, (each["rank"], grams.text_of(each)))
