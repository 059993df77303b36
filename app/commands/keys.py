"""`klinika keys`: the key that encrypts objects at rest."""

import argparse
import sys
from datetime import UTC, datetime

from app.commands.serve import FAILED, MISCONFIGURED, settings_of
from app.domain.errors import ConfigurationError, Error


def run(arguments: argparse.Namespace) -> int:
    """Make a key, or wrap the data keys by the one of the settings; answers the exit status."""
    try:
        if arguments.action == "new":
            _new(arguments.keyring)
        else:
            _rotate(arguments)
    except ConfigurationError as error:
        return _failed(error, MISCONFIGURED)
    except Error as error:
        return _failed(error, FAILED)
    return 0


def _new(keyring: str) -> None:
    from app.server.store.key_encryption import keep_in_keyring, new_key

    key = new_key()
    if keyring:
        keep_in_keyring(keyring, key)
    else:
        print(key)  # noqa: T201 - the command's output


def _rotate(arguments: argparse.Namespace) -> None:
    from app.server.core.key_rotation import rotate
    from app.server.store.engine import Database

    settings = settings_of(arguments)
    database = Database.open(settings)
    try:
        count = rotate(settings, database, datetime.now(UTC))
    finally:
        database.close()
    print(f"{count} data keys are wrapped by {settings.encryption_key}")  # noqa: T201 - the command's output


def _failed(error: Exception, status: int) -> int:
    sys.stderr.write(f"klinika keys: {error}\n")
    return status
