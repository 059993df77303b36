"""`klinika keys`: a key is made where it is wanted, and changed while nothing else changes."""

import pytest

from app.__main__ import main
from app.domain.errors import UnavailableError
from app.server.store import key_encryption
from app.server.store.data_keys import DataKeys
from app.server.store.engine import Database
from app.server.store.key_encryption import key_of
from app.settings import Settings
from tests.ui.sign_in.store import Store


@pytest.fixture
def config(tmp_path, monkeypatch):
    """A settings file with these lines, for an archive with one data key under OLD."""
    for name in ("OLD", "NEW"):
        monkeypatch.setenv(name, key_encryption.new_key())
    data_dir = tmp_path / "data"
    database = Database.open(Settings(data_dir=data_dir))
    DataKeys(database, key_of("env:OLD")).of_study("1.2")
    database.close()

    def written(*lines):
        file = tmp_path / "klinika.toml"
        file.write_text("\n".join([f'data_dir = "{data_dir.as_posix()}"', *lines]))
        return str(file)

    return written


def test_a_new_key_is_printed(capsys, tmp_path):
    assert main(["keys", "new"]) == 0
    (tmp_path / "key").write_text(capsys.readouterr().out)
    assert key_of(f"file:{tmp_path / 'key'}")


def test_a_new_key_goes_into_the_keyring_unseen(capsys, monkeypatch):
    store = Store()
    monkeypatch.setattr(key_encryption, "safe_backend", lambda: store)
    assert main(["keys", "new", "--keyring", "clinic"]) == 0
    assert capsys.readouterr().out == ""
    assert key_of("keyring:clinic")
    assert main(["keys", "new", "--keyring", "clinic"]) == 2
    assert "already" in capsys.readouterr().err


def test_the_key_is_changed(capsys, config):
    new = 'encryption_key = "env:NEW"'
    both = config(new, 'encryption_former_keys = ["env:OLD"]')
    assert main(["keys", "rotate", "--config", both]) == 0
    assert capsys.readouterr().out == "1 data keys are wrapped by env:NEW\n"
    assert main(["keys", "rotate", "--config", config(new)]) == 0


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], "encryption_key"),
        (['encryption_key = "env:NEW"'], "encryption_former_keys"),
        (['encryption_key = "env:NO_SUCH"'], "no such variable"),
    ],
)
def test_what_is_missing_is_told(capsys, config, lines, expected):
    assert main(["keys", "rotate", "--config", config(*lines)]) == 2
    assert expected in capsys.readouterr().err


def test_a_database_that_does_not_answer_is_told(capsys, config, monkeypatch):
    def silent(_settings):
        raise UnavailableError("the database")

    monkeypatch.setattr(Database, "open", silent)
    assert main(["keys", "rotate", "--config", config()]) == 1
    assert "the database" in capsys.readouterr().err
