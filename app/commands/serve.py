"""`klinika serve`: the server alone, or as the desktop's own."""

import argparse
import gc
import os
import sys
from pathlib import Path

from app.client.note import IN_USE_STATUS
from app.domain.errors import ConfigurationError, Error
from app.heap import share
from app.settings import Settings

SETTINGS_FILE = "klinika.toml"
LOG_FILE = "server.log"
OWNER_ONLY = 0o077
"""Every file of a server holds names or what leads to them: others get no right to any."""
FAILED = 1
MISCONFIGURED = 2


def run(arguments: argparse.Namespace) -> int:
    """Serve until told to stop; answers the exit status, having said on stderr what is wrong."""
    os.umask(OWNER_ONLY)
    share()
    try:
        settings = settings_of(arguments)
    except ConfigurationError as error:
        return _failed(error, MISCONFIGURED)
    gc.disable()  # what is imported stays, and is never to be looked through for garbage
    from app.commands.server_logs import configure_logs
    from app.server.process import serve
    from app.server.store.datadir import DataDirInUseError

    gc.freeze()
    gc.enable()
    log_file = settings.data_dir / "logs" / LOG_FILE if arguments.embedded else None
    try:
        configure_logs(settings.log_level, log_file)
        serve(settings, embedded=arguments.embedded)
    except DataDirInUseError as error:
        return _failed(error, IN_USE_STATUS)
    except ConfigurationError as error:
        return _failed(error, MISCONFIGURED)
    except (Error, OSError) as error:
        return _failed(error, FAILED)
    return 0


def settings_of(arguments: argparse.Namespace) -> Settings:
    """What the file and the environment say. Raises ConfigurationError."""
    overrides: dict[str, Path] = {}
    if arguments.data_dir:
        overrides["data_dir"] = arguments.data_dir
    file: Path | None = arguments.config
    if file is None and arguments.data_dir and (arguments.data_dir / SETTINGS_FILE).is_file():
        file = arguments.data_dir / SETTINGS_FILE
    return Settings.load(file, **overrides)


def _failed(error: Exception, status: int) -> int:
    sys.stderr.write(f"klinika serve: {error}\n")
    return status
