"""Passwords: how they are kept, and which are refused."""

import itertools

import pytest

from app.kit import passwords
from app.kit.config import Settings
from app.kit.weak_passwords import is_common, resembles

TEST = Settings(environment="test")


def test_a_password_is_right_and_another_is_not():
    kept = passwords.hashed("зелёный чай", TEST)
    assert passwords.is_right("зелёный чай", kept, TEST)
    assert not passwords.is_right("зелёный Чай", kept, TEST)
    assert not passwords.is_right("зелёный чай", None, TEST)


def test_one_password_however_its_letters_are_composed():
    kept = passwords.hashed("ё" * 12, TEST)
    assert passwords.is_right("ё" * 12, kept, TEST)


def test_no_two_hashes_are_alike_and_none_tells_the_password():
    kept = {passwords.hashed("one and the same", TEST) for _ in range(3)}
    assert len(kept) == 3
    assert all(each.startswith("$argon2id$v=19$m=8192,t=1,p=1$") for each in kept)
    assert not any("same" in each for each in kept)


def test_a_product_hashes_at_the_cost_that_was_promised():
    product = Settings(environment="development")
    kept = passwords.hashed("one and the same", product)
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert not passwords.is_outdated(kept, product)
    assert passwords.is_outdated(passwords.hashed("one and the same", TEST), product)


@pytest.mark.parametrize(
    "password",
    [
        "Password2026!!", "qwertyuiop123", "Администратор1", "P@ssw0rd12345", "aaaaaaaaaaaa",
        "123412341234", "1q2w3e4r5t6y", "Passwordpassword", "summer2026winter", "йцукенгшщзхъ",
        "84629174639251", "Iloveyou-2026", "abcdefghijklm", "МоскваСпартак1",
    ],
)  # fmt: skip
def test_what_is_tried_first_is_refused(password):
    assert is_common(password)


@pytest.mark.parametrize(
    "password",
    ["correct horse battery staple", "зелёный чай в 7 утра", "x7Kq-parrot-lamp", "Tr0ub4dor&3xyz"],
)
def test_what_nobody_tries_first_is_taken(password):
    assert not is_common(password)


def test_more_than_three_thousand_common_passwords_are_known():
    words = [
        "password",
        "qwerty",
        "admin",
        "welcome",
        "dragon",
        "monkey",
        "пароль",
        "привет",
        "москва",
        "любовь",
    ]
    ends = ["", "1", "12", "123", "1234", "2024", "2025", "2026", "!", "!!", "1!", "123!", "007"]
    made = {
        f"{first}{joint}{second}{end}"
        for first, second in itertools.product(words, repeat=2)
        for joint in ("", "-", "_")
        for end in ends
    }
    assert len(made) > 3_000
    assert [each for each in made if not is_common(each)] == []


def test_the_own_address_is_no_password():
    assert resembles("ivan.petrov2026", "ivan.petrov@example.com")
    assert resembles("Ivan.Petrov@example.com", "ivan.petrov@example.com")
    assert not resembles("nobody guesses this, ivan", "ivan@example.com")
