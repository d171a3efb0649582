"""Sealed copies open only where they were sealed, under a secret that the file still holds."""

import base64
import hmac
import uuid
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.kit.signing.keyring import (
    CannotOpenError,
    Keyring,
    MasterKeyError,
    create_master,
    kid_of,
)

OLD, NEW = bytes(range(32)), bytes(range(1, 33))
CODE = "DEMO-ABEKM-HCTPX-01234-567C7"
VENDOR, ROW, OTHER = uuid.UUID(int=1), uuid.UUID(int=2), uuid.UUID(int=3)


def hkdf(secret: bytes, info: str) -> bytes:
    """RFC 5869 with SHA-256, no salt, one block."""
    extracted = hmac.digest(bytes(32), secret, "sha256")
    return hmac.digest(extracted, info.encode() + b"\x01", "sha256")


@pytest.fixture
def keyring() -> Keyring:
    return Keyring.of(OLD)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "keys" / "master"
    create_master(path, OLD)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(MasterKeyError) as refused:
        Keyring.read(path)
    assert refused.value.text.ru
    return refused.value.code


def test_a_sealed_code_has_the_agreed_form(keyring):
    sealed = keyring.seal_code(VENDOR, ROW, CODE)
    assert sealed[:1] == b"\x01"
    assert sealed[1:5] == hkdf(OLD, "podkluch/v1/kid")[:4]
    cipher = AESGCM(hkdf(OLD, "podkluch/v1/seal"))
    assert cipher.decrypt(sealed[5:17], sealed[17:], f"{VENDOR}:{ROW}".encode()) == CODE.encode()


def test_a_code_is_read_back_and_never_sealed_alike_twice(keyring):
    sealed = {keyring.seal_code(VENDOR, ROW, CODE) for _ in range(100)}
    assert len(sealed) == 100
    assert {keyring.open_code(VENDOR, ROW, each) for each in sealed} == {CODE}


@pytest.mark.parametrize(("vendor", "row"), [(VENDOR, OTHER), (OTHER, ROW), (ROW, VENDOR)])
def test_a_copy_that_was_moved_to_another_row_does_not_open(keyring, vendor, row):
    sealed = keyring.seal_code(VENDOR, ROW, CODE)
    with pytest.raises(CannotOpenError, match="another row"):
        keyring.open_code(vendor, row, sealed)


def test_a_copy_for_one_purpose_does_not_open_for_another(keyring):
    sealed = keyring.seal("idempotency", b"body", b"aad")
    with pytest.raises(CannotOpenError):
        keyring.open("seal", sealed, b"aad")


def test_every_changed_byte_is_found(keyring):
    sealed = keyring.seal_code(VENDOR, ROW, CODE)
    for at in range(len(sealed)):
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(CannotOpenError):
            keyring.open_code(VENDOR, ROW, changed)


def test_every_lost_end_is_found(keyring):
    sealed = keyring.seal_code(VENDOR, ROW, CODE)
    for length in range(len(sealed)):
        with pytest.raises(CannotOpenError):
            keyring.open_code(VENDOR, ROW, sealed[:length])


def test_an_older_secret_still_opens_and_the_new_one_seals(keyring):
    sealed, rotated = keyring.seal_code(VENDOR, ROW, CODE), Keyring.of(NEW, OLD)
    assert rotated.open_code(VENDOR, ROW, sealed) == CODE
    assert rotated.seal_code(VENDOR, ROW, CODE)[1:5] == kid_of(NEW)


def test_a_secret_that_is_gone_is_named(keyring):
    sealed = keyring.seal_code(VENDOR, ROW, CODE)
    with pytest.raises(CannotOpenError, match=kid_of(OLD).hex()):
        Keyring.of(NEW).open_code(VENDOR, ROW, sealed)


def test_a_keyring_does_not_show_its_secrets(keyring):
    assert OLD.hex() not in repr(keyring)
    assert str(OLD) not in repr(keyring)


def test_the_file_is_private_and_reads_as_the_format_says(file):
    text = base64.urlsafe_b64encode(OLD).decode().rstrip("=")
    assert file.read_text() == f"{hkdf(OLD, 'podkluch/v1/kid')[:4].hex()} {text}\n"
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert Keyring.read(file) == Keyring.of(OLD)


def test_a_fresh_secret_is_random(tmp_path):
    secrets = {create_master(tmp_path / str(n)) for n in range(10)}
    assert [len(secret) for secret in secrets] == [32] * 10


def test_a_file_that_is_there_is_not_overwritten(file):
    before = file.read_bytes()
    with pytest.raises(FileExistsError):
        create_master(file)
    assert file.read_bytes() == before


def test_the_first_line_is_the_current_secret(file, tmp_path):
    create_master(tmp_path / "new", NEW)
    file.write_text((tmp_path / "new").read_text() + file.read_text())
    assert list(Keyring.read(file).masters.values()) == [NEW, OLD]


def test_a_server_without_the_file_is_told_what_to_do(tmp_path):
    with pytest.raises(MasterKeyError, match="podkluch master new"):
        Keyring.read(tmp_path / "none")
    assert refusal(tmp_path / "none") == "MASTER_KEY_MISSING"


@pytest.mark.parametrize("mode", [0o640, 0o620, 0o610, 0o604, 0o602, 0o601, 0o644, 0o660])
def test_a_file_that_others_reach_is_refused(file, mode):
    file.chmod(mode)
    assert refusal(file) == "MASTER_KEY_EXPOSED"


def test_a_file_that_nobody_may_write_is_good(file):
    file.chmod(0o400)
    assert Keyring.read(file) == Keyring.of(OLD)


@pytest.mark.parametrize("content", ["", "\n", "0" * 52, "ключ", "a b c"])
def test_what_is_no_master_file_is_refused(file, content):
    file.write_text(content)
    assert refusal(file) == "MASTER_KEY_DAMAGED"


def test_the_damaged_line_is_named(file):
    file.write_text(file.read_text() + "deadbeef AAAA\n")
    with pytest.raises(MasterKeyError, match="line 2"):
        Keyring.read(file)


def test_no_changed_symbol_of_the_file_makes_another_secret(file):
    text = file.read_text().strip()
    for at, symbol in enumerate(text):
        file.write_text(text[:at] + ("A" if symbol != "A" else "B") + text[at + 1 :])
        try:
            read = Keyring.read(file)
        except MasterKeyError:
            continue
        # the last symbol holds two bits that belong to no byte
        assert (read, at) == (Keyring.of(OLD), len(text) - 1)
