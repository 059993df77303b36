"""Every setting of the server in one typed place: a TOML file under environment variables.

`KLINIKA_DICOM_PORT=104` overrides `dicom_port = 104` of the file. A key nobody knows is refused
with the nearest known one.
"""

import ast
import difflib
import os
import tomllib
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Self

import platformdirs
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.domain.errors import ConfigurationError
from app.domain.folding import fits
from app.domain.ingest import Source, SourceKind
from app.domain.nodes import is_ae_title

PREFIX = "KLINIKA_"
OTHER_VARIABLES = frozenset({"KLINIKA_PYTHON"})
"""Variables of the launcher, which are no settings."""
UID = r"^[0-2](\.(0|[1-9][0-9]*))+$"


def default_data_dir() -> Path:
    """The folder of this user's archive when no other is chosen."""
    return Path(platformdirs.user_data_dir("klinika", appauthor=False))


class LocalEntity(BaseModel):
    """What one of the node's own AE titles allows, whatever the caller's own rights are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    accepts_unknown: bool | None = None
    """Whether callers that are no remote node may store; None for `accept_unknown_nodes`."""
    may_store: bool = True
    may_query: bool = True
    may_retrieve: bool = True
    character_set: str = ""
    """How unlabelled texts are read for nodes that name no character set themselves."""


class IdentityRule(StrEnum):
    """What becomes of user identity negotiation (PS3.7 D.3.3.7)."""

    IGNORED = "ignored"
    OPTIONAL = "optional"
    """An account that is named must be proved, and lends the association no more than it may."""
    REQUIRED = "required"


class ClientCertificate(StrEnum):
    """Whether callers on the TLS port show a certificate of `dicom_tls_ca`."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


class Compression(StrEnum):
    """When objects are compressed without loss."""

    NONE = "none"
    ON_RECEIVE = "on-receive"
    WHEN_COMPLETE = "when-complete"
    """When a series counts as complete, in the background."""


class Codec(StrEnum):
    """What objects are compressed with, always without loss."""

    JPEG_LS = "jpeg-ls"
    JPEG_2000 = "jpeg-2000"
    HTJ2K = "htj2k"


class ModificationReason(StrEnum):
    """Why a rule changes attributes (PS3.3 C.12.1.1.9)."""

    COERCE = "COERCE"
    """To the archive's own identifiers and words."""
    CORRECT = "CORRECT"
    """They are wrong."""


class TagRule(BaseModel):
    """What is changed in objects on their way in; attributes are named by their keywords.

    A rule is for the objects that meet each of its conditions that is not empty. Rules are followed
    in their order, each on what those before it made. What attributes were stays in
    OriginalAttributesSequence. A value that becomes longer than DICOM allows is kept whole, so that
    no two identifiers become alike; one that the object's character set can't write is left out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kinds: tuple[SourceKind, ...] = ()
    """Ways an object comes: `c-store`, `stow`, `import`. Our own reports never change."""
    sources: tuple[str, ...] = ()
    """AE titles of callers or names of accounts; they and the next three with * and ?."""
    called: tuple[str, ...] = ()
    """AE titles of ours that were called."""
    modalities: tuple[str, ...] = ()
    stations: tuple[str, ...] = ()
    """Values of StationName."""
    sop_classes: tuple[str, ...] = ()
    """SOP class UIDs."""
    set: dict[str, str] = Field(default_factory=dict)
    """Values that attributes get; an empty one empties them."""
    add: dict[str, str] = Field(default_factory=dict)
    """Values for attributes that are absent or empty."""
    prefix: dict[str, str] = Field(default_factory=dict)
    """What values begin with from then on, unless they do or are empty."""
    map: dict[str, dict[str, str]] = Field(default_factory=dict)
    """For each attribute what takes the place of which whole value."""
    remove: tuple[str, ...] = ()
    """Attributes, also sequences, that are dropped."""
    reason: ModificationReason = ModificationReason.COERCE

    @field_validator("kinds")
    @classmethod
    def _check_kinds(cls, kinds: tuple[SourceKind, ...]) -> tuple[SourceKind, ...]:
        if SourceKind.REPORT in kinds:
            raise ValueError("reports never change")
        return kinds

    @field_validator("set", "add", "prefix", "map")
    @classmethod
    def _check_values(cls, table: Any) -> Any:  # noqa: ANN401 - values, or tables of them
        for keyword, said in table.items():
            vr = _changeable(keyword)
            if vr not in TEXT_VRS:
                raise ValueError(f"{keyword} has VR {vr}, which is no text: it can only be removed")
            for value in said.values() if isinstance(said, dict) else [said]:
                _check_value(keyword, vr, value)
        return table

    @field_validator("remove")
    @classmethod
    def _check_removed(cls, keywords: tuple[str, ...]) -> tuple[str, ...]:
        for keyword in keywords:
            _changeable(keyword)
        return keywords

    @model_validator(mode="after")
    def _check_actions(self) -> Self:
        named = [*self.set, *self.add, *self.prefix, *self.map, *self.remove]
        if not named:
            raise ValueError("it changes nothing")
        if twice := next((each for each in named if named.count(each) > 1), None):
            raise ValueError(f"{twice} is named twice")
        return self

    def is_for(self, source: Source, modality: str, station: str, sop_class_uid: str) -> bool:
        """Whether the rule is for such an object of `source`."""
        asked = (
            (self.sources, source.name),
            (self.called, source.called),
            (self.modalities, modality),
            (self.stations, station),
            (self.sop_classes, sop_class_uid),
        )
        return (
            source.kind is not SourceKind.REPORT
            and (not self.kinds or source.kind in self.kinds)
            and all(not patterns or fits(patterns, value) for patterns, value in asked)
        )


LOCALIZED_VRS = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})
"""Those that SpecificCharacterSet is for (PS3.5 6.1.2.3)."""
TEXT_VRS = frozenset({"AE", "AS", "CS", "DA", "DS", "DT", "IS", "TM", "UR"}) | LOCALIZED_VRS
_UNTOUCHED_GROUPS = {
    0x0002: "belongs to the file",
    0x0028: "describes pixels",
    0x0400: "says what was changed or signed",
}
_CHARACTER_SET = "SpecificCharacterSet"


def _changeable(keyword: str) -> str:
    """The VR of an attribute that rules may change. Raises ValueError."""
    from pydicom.datadict import dictionary_VR, keyword_dict

    tag = keyword_dict.get(keyword)
    if tag is None:
        near = difflib.get_close_matches(keyword, keyword_dict, n=1)
        hint = f": did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"unknown attribute {keyword!r}{hint}")
    vr: str = dictionary_VR(tag)
    group = tag >> 16
    why = _UNTOUCHED_GROUPS.get(group, "")
    if vr == "UI":
        why = "is a UID, by which others find objects"
    elif keyword == _CHARACTER_SET:
        why = "says how all texts are written"
    elif group >= 0x5000:
        why = "holds data, not words,"
    if why:
        raise ValueError(f"{keyword} {why} and is never changed")
    return vr


def _check_value(keyword: str, vr: str, value: str) -> None:
    from pydicom import config
    from pydicom.valuerep import validate_value

    if not value.isprintable() or not (value.isascii() or vr in LOCALIZED_VRS):
        raise ValueError(f"{keyword}: a character that VR {vr} does not have")
    try:
        for each in value.split("\\"):
            validate_value(vr, each, config.RAISE)
    except ValueError as error:
        raise ValueError(f"{keyword}: {error}") from error


class Settings(BaseSettings):
    """The settings of one server."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    data_dir: Path = Field(default_factory=default_data_dir)
    """Folder of the archive: objects, SQLite index, keys, lock."""
    database_url: str = ""
    """Empty for SQLite inside data_dir, or `postgresql+psycopg2://user:password@host/name`."""
    object_store: str = ""
    """Where objects are kept: empty for files inside data_dir, or `s3://bucket/prefix` for a bucket
    of an S3-compatible service, which the servers of one database share."""
    object_store_endpoint: str = ""
    """Address of the S3 service, such as `https://minio.example:9000`; empty for Amazon's."""
    object_store_region: str = ""
    """Region of the bucket; empty for that of the standard variables (`AWS_REGION`)."""
    object_store_key_id: str = ""
    """Access key ID for the bucket; empty for that of the standard variables (`AWS_ACCESS_KEY_ID`)
    or of the role this machine has."""
    object_store_secret: SecretStr = SecretStr("")
    """Secret access key for the bucket; empty where the key ID is (`AWS_SECRET_ACCESS_KEY`)."""
    object_cache_mb: int = Field(default=10240, ge=0)
    """How much of a bucket's objects this machine keeps a copy of, the last that were stored or
    read, in MiB. Copies go before the disk is low (`disk_low_percent`)."""
    http_host: str = "127.0.0.1"
    """Address the HTTP server listens on."""
    http_port: int = Field(default=8042, ge=0, le=65535)
    """Port of the HTTP server; 0 takes a free one. The embedded server always takes a free one."""
    http_proxies: frozenset[str] = frozenset({"127.0.0.1", "::1"})
    """Addresses of reverse proxies: whom they name last in X-Forwarded-For is the client, and they
    may hold any number of connections."""
    http_requests_per_s: int = Field(default=500, ge=0)
    """Requests that an address, and an account, may send each second over a longer while, and ten
    times as many at once; 0 for any number. Desktops on the server's computer are not counted."""
    http_patience_s: int = Field(default=30, ge=1)
    """How long a client that sends or takes less than 1 KiB each second is waited for, in
    seconds."""
    dicom_host: str = "0.0.0.0"  # noqa: S104 - scanners must reach it
    """Address the DICOM node listens on."""
    dicom_port: int = Field(default=11112, ge=0, le=65535)
    """Port of the DICOM node; the embedded server takes the next free one when it is taken."""
    dicom_proxies: frozenset[str] = frozenset()
    """Addresses of reverse proxies before the DICOM ports (installer/nginx): they say by the PROXY
    protocol, which they must speak, whose associations they hand on."""
    dicom_idle_s: int = Field(default=900, ge=30)
    """How long a caller may be silent on an association between two messages, in seconds, before it
    is aborted. After 30 s of silence it makes room when all associations are taken."""
    token_key: Path | None = None
    """PEM file with the Ed25519 key that signs sessions, which is made when it is not there; unset
    for one in data_dir. Servers of one database need the same key."""
    ae_title: str = Field(default="KLINIKA", min_length=1, max_length=16)
    """Application entity title of the DICOM node."""
    local_ae_titles: dict[str, LocalEntity] = Field(default_factory=dict)
    """Further AE titles on the same ports, each with its own rules; `ae_title` may have a row too.
    In the environment as JSON: `{"RESEARCH": {"may_store": false}}`."""
    accept_unknown_nodes: bool | None = None
    """Whether callers that are no remote node may echo and store. Unset, they may on one PC, where
    nobody records nodes before the first scanner sends, and may not on a clinic's server, where it
    is meant for the time of set-up. They may never query or retrieve."""
    user_identity: IdentityRule = IdentityRule.IGNORED
    """What becomes of user name and password, or access token, in an association request."""
    dicom_tls_port: int | None = Field(default=None, ge=0, le=65535)
    """Port of the DICOM node for TLS, by custom 2762; unset for none."""
    dicom_tls_certificate: Path | None = None
    """PEM file with the node's certificate and those between it and its authority. Shown to callers
    on the TLS port, and to remote nodes that ask for one."""
    dicom_tls_key: Path | None = None
    """PEM file with the key of that certificate, without a password."""
    dicom_tls_ca: Path | None = None
    """PEM file with the authorities whose certificates are trusted, those of callers and those of
    remote nodes; unset, remote nodes are checked against the authorities of the system."""
    dicom_tls_client_certificate: ClientCertificate = ClientCertificate.REQUIRED
    """Whether callers on the TLS port must, may or need not show a certificate."""
    private_storage_classes: tuple[Annotated[str, Field(pattern=UID, max_length=64)], ...] = ()
    """SOP class UIDs beside those of the standard whose objects are stored and sent: what devices
    call by UIDs of their manufacturers, as their conformance statements say. In the environment as
    JSON: `["1.3.12.2.1107.5.9.1"]`."""
    series_quiet_s: int = Field(default=60, ge=1, le=3600)
    """A series counts as complete when nothing came to it for so long, in seconds."""
    worklist_every_s: int = Field(default=60, ge=10, le=3600)
    """Nodes whose records say that they have a worklist are asked for it so often, in seconds."""
    tag_rules: tuple[TagRule, ...] = ()
    """What is changed in objects on their way in, as `[[tag_rules]]` tables: `sources = ["CT*"]`,
    `set.IssuerOfPatientID = "BRANCH"`, `prefix.AccessionNumber = "B-"`,
    `map.Modality = { DX = "CR" }`, `remove = ["OtherPatientIDs"]`; TagRule has each field."""
    compression: Compression = Compression.NONE
    """When uncompressed images are compressed without loss, each verified bit by bit before it
    takes the place of what came: `none`, `on-receive` or `when-complete`."""
    compression_codec: Codec = Codec.JPEG_LS
    """How: `jpeg-ls`, `jpeg-2000` or `htj2k`."""
    max_object_mb: int = Field(default=2048, ge=1)
    """Largest object that is accepted, in MiB."""
    disk_low_percent: float = Field(default=10, ge=0, le=100)
    """Percentage of the objects' disk: with less than it free, every desktop says so."""
    disk_full_percent: float = Field(default=2, ge=0, le=99)
    """Percentage of the objects' disk: nothing more is taken that would leave less than it free."""
    quota_gb: float | None = Field(default=None, gt=0)
    """Most that the archive keeps, in GiB; unset for what the disk holds. From nine tenths of it on
    every desktop says so."""
    source_quotas_gb: dict[str, Annotated[float, Field(gt=0)]] = Field(default_factory=dict)
    """Most that is kept of what an AE title or account has sent, in GiB, by its name. With nine
    tenths of it there is a warning in the log. Objects that would be too many are refused (0xA700,
    HTTP 507) until others were purged; what arrives at the same moment may go a little beyond."""
    fixity_mb_per_s: int = Field(default=20, ge=1)
    """How fast stored objects are read again each week and compared with their SHA-256, in MiB a
    second; 20 read 11 TiB a week."""
    encryption_key: str = ""
    """The key that encrypts objects at rest, by the data keys of their studies; empty stores new
    ones plain. Where it is: `file:PATH`, `env:NAME` (a variable), `keyring:NAME` (the system's), or
    `vault:https://HOST:8200/transit/NAME` (a key of Vault's transit engine, with VAULT_TOKEN and
    VAULT_CACERT from the environment). Without it nothing that was encrypted can ever be read."""
    encryption_former_keys: list[str] = Field(default_factory=list)
    """Keys that came before it, needed until `klinika keys rotate` has run. In the environment as
    JSON: `["file:/old.key"]`."""
    access_token_minutes: int = Field(default=15, ge=1, le=15)
    """Life of an access token, in minutes."""
    refresh_token_hours: int = Field(default=12, ge=1, le=24)
    """Longest session without a new sign-in, in hours."""
    clinic_name: str = ""
    """Name in the header of reports."""
    clinic_address: str = ""
    """Address in the header of reports."""
    clinic_phone: str = ""
    """Telephone number in the header of reports."""
    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")
    """Least severe level that is logged."""

    @field_validator("ae_title", "local_ae_titles")
    @classmethod
    def _check_ae_titles(cls, value: Any) -> Any:  # noqa: ANN401 - a title or a table of them
        for title in [value] if isinstance(value, str) else value:
            if not is_ae_title(title):
                raise ValueError(f"{title!r} is no AE title")
        return value

    def local_entities(self, *, accepts_unknown: bool) -> dict[str, LocalEntity]:
        """Every AE title of the node; `accepts_unknown` is meant where no setting says it."""
        if self.accept_unknown_nodes is not None:
            accepts_unknown = self.accept_unknown_nodes
        default = {"accepts_unknown": accepts_unknown}
        rows = {self.ae_title: LocalEntity(), **self.local_ae_titles}
        return {
            title: row if row.accepts_unknown is not None else row.model_copy(update=default)
            for title, row in rows.items()
        }

    @classmethod
    def load(cls, file: Path | None = None, **overrides: object) -> Self:
        """Read `file`, then the environment, then `overrides`.

        Raises ConfigurationError naming each unknown key with its nearest known one, or each value
        that is impossible.
        """
        values: dict[str, object] = {}
        if file is not None:
            try:
                values = tomllib.loads(file.read_text(encoding="utf-8"))
            except OSError as error:
                raise ConfigurationError(f"{file}: {error.strerror}") from error
            except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
                raise ConfigurationError(f"{file}: {error}") from error
        variables = {
            name.removeprefix(PREFIX).lower(): name
            for name in os.environ
            if name.startswith(PREFIX) and name not in OTHER_VARIABLES
        }
        _refuse_unknown([*values, *variables, *overrides])
        for key in variables:
            values.pop(key, None)
        try:
            return cls(**{**values, **overrides})  # type: ignore[arg-type]  # pydantic checks them
        except ValidationError as error:
            problems = "; ".join(
                f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}"
                for item in error.errors()
            )
            raise ConfigurationError(problems) from error


def _refuse_unknown(keys: list[str]) -> None:
    problems = []
    for key in keys:
        if key not in Settings.model_fields:
            near = difflib.get_close_matches(key, Settings.model_fields, n=1)
            problems.append(
                f"unknown setting {key!r}" + (f": did you mean {near[0]!r}?" if near else "")
            )
    if problems:
        raise ConfigurationError("; ".join(problems))


def meanings() -> dict[str, str]:
    """What is written here of each setting; pydantic would read it at every start."""
    lines = ast.parse(Path(__file__).read_text("utf-8")).body
    (settings,) = (each for each in lines if getattr(each, "name", "") == Settings.__name__)
    assert isinstance(settings, ast.ClassDef)  # noqa: S101 - the name is its
    found: dict[str, str] = {}
    for line, after in pairwise(settings.body):
        match line, after:
            case (
                ast.AnnAssign(target=ast.Name(name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                found[name] = " ".join(text.split())
    return found
