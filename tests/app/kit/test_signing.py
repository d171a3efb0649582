"""Secrets of our own making."""

from app.kit.signing import lookup_digest, new_secret, text_digest


def test_secrets_are_long_and_never_the_same():
    drawn = {new_secret("pki_") for _ in range(100)}
    assert len(drawn) == 100
    assert {len(secret) for secret in drawn} == {47}


def test_what_is_kept_of_a_secret_is_its_sha256():
    assert lookup_digest("pki_a").hex() == (
        "f840ab5f241cedeb65436aecd5abd3a4f44179908972c34e3401b3bdc4a73052"
    )
    assert text_digest("Ж") == ("af01de547c2d86e9c4881cc4cf0dd3ab521b9d1cceee461908680b33c433c5ac")
