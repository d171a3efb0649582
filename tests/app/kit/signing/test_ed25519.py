"""Ed25519: which public keys are believed, and what a key file opens to."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from app.kit.signing.ed25519 import (
    WeakKeyError,
    WrongPassphraseError,
    from_pem,
    from_text,
    key_of,
    new_seed,
    prove,
    public_of,
    require_proof,
    signer_of,
    to_pem,
    to_text,
)

PRIME = 2**255 - 19
D = -121665 * pow(121666, -1, PRIME) % PRIME


def abscissa(y: int) -> int | None:
    """One x of the curve for a y, if there is one (RFC 8032 §5.1.3)."""
    square = (y * y - 1) * pow(D * y * y + 1, -1, PRIME) % PRIME
    x = pow(square, (PRIME + 3) // 8, PRIME)
    for root in (x, x * pow(2, (PRIME - 1) // 4, PRIME) % PRIME):
        if root * root % PRIME == square:
            return root
    return None


def of_small_order() -> set[int]:
    """The ordinates of order 1, 2, 4 and 8: what the large prime order makes of any point."""
    order = 2**252 + 27742317777372353535851937790883648493
    found: set[int] = set()
    y = 2
    while len(found) < 5:
        y += 1
        x = abscissa(y)
        if x is not None:
            found.add(multiplied(x, y, order)[1])
    return found


def multiplied(x: int, y: int, factor: int) -> tuple[int, int]:
    total, point = (0, 1), (x, y)
    while factor:
        if factor & 1:
            total = added(total, point)
        point, factor = added(point, point), factor >> 1
    return total


def added(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    (a, b), (c, d) = one, other
    product = D * a * b * c * d % PRIME
    return (
        (a * d + b * c) * pow(1 + product, -1, PRIME) % PRIME,
        (b * d + a * c) * pow(1 - product, -1, PRIME) % PRIME,
    )


CANONICAL = of_small_order()
SMALL = sorted(CANONICAL | {PRIME, PRIME + 1})
"""Also the second spellings of 0 and 1."""
FORGED = [(ordinate | sign << 255).to_bytes(32, "little") for ordinate in SMALL for sign in (0, 1)]
BEYOND = [
    (ordinate | sign << 255).to_bytes(32, "little")
    for ordinate in (PRIME + 2, PRIME + 18, 2**255 - 1)
    for sign in (0, 1)
]
REPOSITORY, CHALLENGE = "q83vEjRWeJC-rwABAgMEBQ", bytes(range(32))


def test_there_are_fourteen_spellings():
    assert {1, PRIME - 1, 0} < CANONICAL
    assert len(FORGED) == 14


@pytest.mark.parametrize("public", FORGED, ids=bytes.hex)
def test_a_point_that_anybody_signs_for_is_refused(public):
    Ed25519PublicKey.from_public_bytes(public)  # the library itself would take it
    with pytest.raises(WeakKeyError):
        key_of(public)


def test_one_signature_fits_a_point_of_small_order_and_every_message():
    """Why they are refused: nobody needed a private key for this."""
    public = (1).to_bytes(32, "little")
    Ed25519PublicKey.from_public_bytes(public).verify(public + bytes(32), b"whatever")


@pytest.mark.parametrize("public", BEYOND, ids=bytes.hex)
def test_a_second_spelling_of_a_point_is_refused(public):
    with pytest.raises(WeakKeyError):
        key_of(public)


@pytest.mark.parametrize("length", [0, 1, 31, 33, 64])
def test_another_length_is_refused(length):
    with pytest.raises(WeakKeyError):
        key_of(public_of(new_seed())[:1] * length)


def test_an_honest_key_is_taken():
    for _ in range(50):
        seed = new_seed()
        assert key_of(public_of(seed)) == signer_of(seed).public_key


def test_a_key_comes_with_the_proof_that_its_bearer_signs():
    seed = new_seed()
    proof = prove(seed, REPOSITORY, CHALLENGE)
    key = require_proof(public_of(seed), proof, REPOSITORY, CHALLENGE)
    assert key == signer_of(seed).public_key
    for public, repository, challenge in (
        (public_of(new_seed()), REPOSITORY, CHALLENGE),
        (public_of(seed), REPOSITORY[::-1], CHALLENGE),
        (public_of(seed), REPOSITORY, CHALLENGE[::-1]),
    ):
        with pytest.raises(WeakKeyError):
            require_proof(public, proof, repository, challenge)
    with pytest.raises(WeakKeyError):
        require_proof(public_of(seed), b"", REPOSITORY, CHALLENGE)


def test_a_key_file_opens_by_its_passphrase_alone():
    seed = new_seed()
    data = to_pem(seed, "верная фраза")
    assert from_pem(data, "верная фраза") == seed
    assert seed not in data
    for wrong in ("", "другая фраза"):
        with pytest.raises(WrongPassphraseError):
            from_pem(data, wrong)


@pytest.mark.parametrize("data", [b"", b"garbage", b"-----BEGIN PRIVATE KEY-----\n"])
def test_what_is_no_key_file_is_told_like_a_wrong_passphrase(data):
    with pytest.raises(WrongPassphraseError):
        from_pem(data, "верная фраза")


def test_a_key_of_another_kind_is_no_key_of_ours():
    data = X25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"phrase")
    )
    with pytest.raises(WrongPassphraseError):
        from_pem(data, "phrase")


def test_bytes_become_text_and_bytes_again():
    for length in range(20):
        assert from_text(to_text(bytes(range(length)))) == bytes(range(length))
    assert len(to_text(bytes(16))) == 22
