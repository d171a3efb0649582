"""One-time codes by the book."""

from datetime import UTC, datetime

import pytest

from app.kit import totp

# RFC 6238, Appendix B: the SHA-1 rows, eight digits, the secret of RFC 4226.
SECRET = b"12345678901234567890"
VECTORS = {
    59: "94287082",
    1111111109: "07081804",
    1111111111: "14050471",
    1234567890: "89005924",
    2000000000: "69279037",
    20000000000: "65353130",
}


@pytest.mark.parametrize(("seconds", "code"), VECTORS.items())
def test_codes_are_those_of_the_rfc(seconds, code):
    assert totp.code_at(SECRET, seconds, digits=8) == code
    assert totp.code_at(SECRET, seconds) == code[-6:]


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def test_a_code_of_this_step_and_of_its_neighbours_is_right():
    now = 1_700_000_010
    for drift in (-1, 0, 1):
        code = totp.code_at(SECRET, now + drift * 30)
        assert totp.step_of(SECRET, code, at(now)) == now // 30 + drift


@pytest.mark.parametrize("drift", [-2, 2])
def test_a_code_of_another_step_is_wrong(drift):
    now = 1_700_000_010
    assert totp.step_of(SECRET, totp.code_at(SECRET, now + drift * 30), at(now)) is None


@pytest.mark.parametrize("code", ["", "12345", "1234567", "абвгде", "٠٠٠٠٠٠"])
def test_what_is_no_code_is_wrong(code):
    assert totp.step_of(SECRET, code, at(59)) is None


def test_a_secret_has_160_bits_and_is_never_the_same():
    made = {totp.new_secret() for _ in range(100)}
    assert {len(secret) for secret in made} == {20}
    assert len(made) == 100


def test_authenticators_read_the_address():
    told = totp.address(SECRET, "anna@example.com", "Podkluch")
    assert told == (
        "otpauth://totp/Podkluch:anna%40example.com"
        "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Podkluch"
    )
    assert totp.in_letters(SECRET) == "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
