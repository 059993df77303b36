"""Every setting of the server in one typed place: a TOML file under environment variables.

`KLINIKA_DICOM_PORT=104` overrides `dicom_port = 104` of the file. A key nobody knows is refused
with the nearest known one.
"""

import difflib
import os
import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.domain.errors import ConfigurationError
from app.domain.nodes import is_ae_title

PREFIX = "KLINIKA_"
OTHER_VARIABLES = frozenset({"KLINIKA_PYTHON"})
"""Variables of the launcher, which are no settings."""


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


class Settings(BaseSettings):
    """The settings of one server."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", use_attribute_docstrings=True
    )

    data_dir: Path = Field(default_factory=default_data_dir)
    """Folder of the archive: objects, SQLite index, keys, lock."""
    database_url: str = ""
    """Empty for SQLite inside data_dir, or `postgresql+psycopg2://user:password@host/name`."""
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
    series_quiet_s: int = Field(default=60, ge=1, le=3600)
    """A series counts as complete when nothing came to it for so long, in seconds."""
    max_object_mb: int = Field(default=2048, ge=1)
    """Largest object that is accepted, in MiB."""
    disk_low_percent: float = Field(default=10, ge=0, le=100)
    """Percentage of the objects' disk: with less than it free, every desktop says so."""
    disk_full_percent: float = Field(default=2, ge=0, le=99)
    """Percentage of the objects' disk: nothing more is taken that would leave less than it free."""
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
