"""Access tokens are ours, for us and short-lived; refresh tokens are kept as hashes."""

import base64
import json
import stat
import sys
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from app.auth.tokens import Claims, RefreshToken, Signer, load_key, new_session_id
from app.domain.errors import ConfigurationError, UnauthenticatedError

CLAIMS = Claims("anna", "0123456789abcdef")
LIFE = timedelta(minutes=15)


@pytest.fixture
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


@pytest.fixture
def signer(key) -> Signer:
    return Signer(key)


def now() -> datetime:
    return datetime.now(UTC)


def test_a_token_says_who_and_in_which_session(signer):
    assert signer.check(signer.issue(CLAIMS, now=now(), life=LIFE)) == CLAIMS


def test_an_expired_token_is_refused(signer):
    token = signer.issue(CLAIMS, now=now() - LIFE - timedelta(seconds=2), life=LIFE)
    with pytest.raises(UnauthenticatedError):
        signer.check(token)


def test_a_token_that_was_good_is_refused_when_its_time_is_over(signer, monkeypatch):
    token = signer.issue(CLAIMS, now=now(), life=LIFE)
    signer.check(token)
    monkeypatch.setattr("time.time", (now() + LIFE).timestamp)
    with pytest.raises(UnauthenticatedError):
        signer.check(token)


def test_a_token_of_another_key_is_refused(signer):
    other = Signer(Ed25519PrivateKey.generate())
    with pytest.raises(UnauthenticatedError):
        signer.check(other.issue(CLAIMS, now=now(), life=LIFE))


@pytest.mark.parametrize("field", ["aud", "iss", "sub", "sid", "exp", "iat"])
def test_a_token_without_one_of_its_fields_is_refused(signer, key, field):
    payload = jwt.decode(
        signer.issue(CLAIMS, now=now(), life=LIFE), options={"verify_signature": False}
    )
    del payload[field]
    with pytest.raises(UnauthenticatedError):
        signer.check(jwt.encode(payload, key, algorithm="EdDSA"))


@pytest.mark.parametrize(("field", "value"), [("aud", "another"), ("iss", "another")])
def test_a_token_for_or_of_somebody_else_is_refused(signer, key, field, value):
    payload = jwt.decode(
        signer.issue(CLAIMS, now=now(), life=LIFE), options={"verify_signature": False}
    )
    with pytest.raises(UnauthenticatedError):
        signer.check(jwt.encode({**payload, field: value}, key, algorithm="EdDSA"))


def test_a_token_without_signature_is_refused(signer):
    _, payload, _ = signer.issue(CLAIMS, now=now(), life=LIFE).split(".")
    head = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).decode().rstrip("=")
    with pytest.raises(UnauthenticatedError):
        signer.check(f"{head}.{payload}.")


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "x" * 10_000])
def test_what_is_no_token_is_refused(signer, text):
    with pytest.raises(UnauthenticatedError):
        signer.check(text)


def test_the_key_is_made_once_and_readable_by_its_user_alone(tmp_path):
    file = tmp_path / "key.pem"
    token = Signer(load_key(file)).issue(CLAIMS, now=now(), life=LIFE)
    assert Signer(load_key(file)).check(token) == CLAIMS
    assert [path.name for path in tmp_path.iterdir()] == ["key.pem"]
    if sys.platform != "win32":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_that_is_no_key_is_a_clear_error(tmp_path):
    file = tmp_path / "key.pem"
    file.write_text("not a key")
    with pytest.raises(ConfigurationError, match=r"key\.pem"):
        load_key(file)


def test_a_key_of_another_kind_is_a_clear_error(tmp_path):
    file = tmp_path / "key.pem"
    other = X25519PrivateKey.generate()
    file.write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(ConfigurationError, match="another kind"):
        load_key(file)


def test_a_refresh_token_is_recognised_by_its_hash_alone():
    token = RefreshToken.new(new_session_id())
    assert RefreshToken.parse(token.text) == token
    assert token.has_hash(token.hash)
    assert token.secret not in token.hash
    assert not RefreshToken.new(token.session_id).has_hash(token.hash)


@pytest.mark.parametrize("text", ["", "x", ".x", "x.", "x" * 5000 + ".x"])
def test_what_is_no_refresh_token_is_refused(text):
    with pytest.raises(UnauthenticatedError):
        RefreshToken.parse(text)
