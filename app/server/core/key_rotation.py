"""A new key-encryption key: the data keys are wrapped anew, the objects stay as they are."""

from datetime import datetime

from app.domain.errors import ConfigurationError
from app.server.core import audit
from app.server.core.audit import Action
from app.server.store.data_keys import DataKeys
from app.server.store.engine import Database
from app.settings import Settings

OPERATOR = "operator"
"""Who is written down: whoever may run the program with these settings."""


def rotate(settings: Settings, database: Database, now: datetime) -> int:
    """Wrap every data key by the key of the settings; answers how many there are.

    Raises ConfigurationError when a key is missing, and UnavailableError. Safe to repeat.
    """
    keys = DataKeys.open(settings, database)
    if keys is None:
        raise ConfigurationError("encryption_key names no key")
    count = keys.rewrap()
    with database.write() as connection:
        audit.record(connection, OPERATOR, Action.KEYS_ROTATED, at=now, subject=keys.wrapper)
    return count
