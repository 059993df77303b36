"""Every setting of the server in one typed place: a TOML file under environment variables.

`KLINIKA_DICOM_PORT=104` overrides `dicom_port = 104` of the file. A key nobody knows is refused
with the nearest known one.
"""

import difflib
import os
import tomllib
from pathlib import Path
from typing import Self

import platformdirs
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.domain.errors import ConfigurationError

PREFIX = "KLINIKA_"
OTHER_VARIABLES = frozenset({"KLINIKA_PYTHON"})
"""Variables of the launcher, which are no settings."""


def default_data_dir() -> Path:
    """The folder of this user's archive when no other is chosen."""
    return Path(platformdirs.user_data_dir("klinika", appauthor=False))


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
    dicom_host: str = "0.0.0.0"  # noqa: S104 - scanners must reach it
    """Address the DICOM node listens on."""
    dicom_port: int = Field(default=11112, ge=0, le=65535)
    """Port of the DICOM node; the embedded server takes the next free one when it is taken."""
    ae_title: str = Field(default="KLINIKA", min_length=1, max_length=16)
    """Application entity title of the DICOM node."""
    max_object_mb: int = Field(default=2048, ge=1)
    """Largest object that is accepted, in MiB."""
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
