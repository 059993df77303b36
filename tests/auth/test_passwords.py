"""Passwords are kept as argon2id hashes, and weak ones are not taken."""

import pytest

from app.auth import passwords
from app.auth.passwords import check_strength, hash_password, matches
from app.domain.errors import WeakPasswordError


def test_a_hash_matches_its_password_and_no_other():
    stored = hash_password("a quiet lake at dawn")
    assert matches("a quiet lake at dawn", stored)
    assert not matches("a quiet lake at dusk", stored)


def test_the_hash_is_argon2id_with_64_mib_and_three_passes():
    assert hash_password("x").startswith("$argon2id$v=19$m=65536,t=3,")


def test_equal_passwords_have_different_hashes():
    assert hash_password("x") != hash_password("x")


def test_a_password_is_the_same_however_its_letters_are_composed():
    assert matches("caf\u00e9 au lait noir", hash_password("cafe\u0301 au lait noir"))


def test_nobodys_hash_matches_nothing_and_costs_what_todays_hashes_cost():
    assert not matches("", passwords.NOBODYS_HASH)
    assert not passwords.is_outdated(passwords.NOBODYS_HASH)


def test_a_broken_hash_matches_nothing():
    assert not matches("x", "not a hash")


def test_a_hash_of_other_parameters_is_outdated():
    assert passwords.is_outdated(passwords.NOBODYS_HASH.replace("t=3", "t=2"))


def test_a_huge_password_is_not_even_hashed():
    assert not matches("x" * 100_000, "not a hash")


@pytest.mark.parametrize(
    "password",
    [
        "short one",
        "x" * 300,
        "aaaaaaaaaaaa",
        "ababababababab",
        "abcdefghijkl",
        "987654321098",
        "password1234",
        "Passw0rd2026!",
        "qwertyuiop123",
        "Klinika-Pro-2026",
        "радиология2026",
        "anna.petrova.1",
        "Петрова-Петрова",
        "клиника-север-1",
    ],
)
def test_a_weak_password_is_refused(password):
    words = ("anna", "Анна Петрова", "petrova", "Клиника Север")
    with pytest.raises(WeakPasswordError):
        check_strength(password, site_words=words)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "тихое озеро на рассвете",
        "Xk4!vbQ0pLmz",
        "welcome to my quiet lake",
    ],
)
def test_a_long_and_uncommon_password_is_taken(password):
    check_strength(password, site_words=("anna", "Анна Петрова"))


def test_the_refusal_does_not_repeat_the_password():
    with pytest.raises(WeakPasswordError) as refused:
        check_strength("hunter2")
    assert "hunter2" not in str(refused.value)
