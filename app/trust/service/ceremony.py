"""What is done with ROOT's keys, away from every server: documents in, signed documents out."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

from securesystemslib.signer import CryptoSigner, Key
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root
from tuf.api.serialization import DeserializationError

from app.kit.i18n import N_
from app.kit.signing.ed25519 import WeakKeyError, require_proof
from app.trust.problems import TrustDocumentInvalid, WeakKey
from app.trust.schemas import Document, KeyOffer, KeyRole, Standing, TrustBundle, TrustRequest
from app.trust.service.layout import (
    Holders,
    LayoutError,
    follow,
    holders_of,
    next_version,
    read_root,
    read_targets,
    root_of,
    targets_of,
)

ROOTS: Final[Mapping[bool, tuple[int, int]]] = {False: (2, 1), True: (3, 2)}
"""How many ROOT keys there are and how many of them sign, by the switch «2 of 3».

One of two is deliberate: small teams lose keys more often than they are robbed.
"""


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Turns what is wrong with a document into its refusal."""
    try:
        yield
    except WeakKeyError:
        raise WeakKey from None
    except LayoutError as error:
        raise TrustDocumentInvalid(str(error)) from None
    except (
        RepositoryError,
        DeserializationError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
    ) as error:
        told = f"{what}: {type(error).__name__}: {error}"[:200]
        raise TrustDocumentInvalid(N_("it is damaged ({error})"), error=told) from None


def offered(keys: Sequence[KeyOffer], repository: str, challenge: bytes) -> Mapping[KeyRole, Key]:
    """The keys of a document, each with its proof; WEAK_KEY otherwise."""
    with reading("keys"):
        return {
            offer.role: require_proof(
                bytes.fromhex(offer.public), bytes.fromhex(offer.proof), repository, challenge
            )
            for offer in keys
        }


def first_bundle(
    request: TrustRequest, roots: Sequence[CryptoSigner], threshold: int, now: datetime
) -> TrustBundle:
    """The first root of a repository, and its delegations."""
    new = offered(request.keys, request.repository, bytes.fromhex(request.challenge))
    if request.standing is not None or set(new) != set(KeyRole):
        raise TrustDocumentInvalid(N_("this request is not for the first root: `trust renew`"))
    holders = _holders([signer.public_key for signer in roots], threshold, new)
    return _bundle(request, holders, [_signed(root_of(holders, 1, now), roots)], roots, now)


def next_bundle(
    request: TrustRequest,
    held: Sequence[CryptoSigner],
    now: datetime,
    *,
    known: Sequence[Document] = (),
    heirs: Sequence[CryptoSigner] = (),
    threshold: int = 0,
) -> TrustBundle:
    """The next root: with other keys of the server, with another date, or for other holders.

    `known` are the roots on ROOT's medium, oldest first: where the server has an older one, from a
    backup, these go along. `heirs` become the only holders, so many of whom (`threshold`) sign
    from then on; for this root both sides sign.
    """
    if request.standing is None:
        raise TrustDocumentInvalid(N_("this request is for the first root: `trust init`"))
    with reading("standing"):
        base = _Base.read(request.standing, known)
    owners = base.last.roles["root"]
    signing = [signer for signer in held if signer.public_key.keyid in owners.keyids]
    if len(signing) < owners.threshold:
        raise TrustDocumentInvalid(N_("these are not the keys of this root, or too few of them"))
    new = offered(request.keys, request.repository, bytes.fromhex(request.challenge))
    stay: list[Key] = [base.last.keys[kid] for kid in owners.keyids]
    roots = [each.public_key for each in heirs] or stay
    keys = {role: base.holders.of(role) for role in KeyRole} | dict(new)
    holders = _holders(roots, (threshold if heirs else 0) or owners.threshold, keys)
    root = _signed(root_of(holders, base.last.version + 1, now), [*signing, *heirs])
    with reading("root"):
        follow(base.last, root)
    return _bundle(request, holders, [*base.lacking, root], heirs or signing, now, base.floor)


@dataclass(frozen=True, slots=True)
class _Base:
    """What the next root follows."""

    last: Root
    lacking: Sequence[Metadata[Root]]  # newer than what the server has
    holders: Holders  # that the server has now
    floor: int  # version of its targets

    @classmethod
    def read(cls, standing: Standing, known: Sequence[Document]) -> Self:
        served, targets = read_root(standing.root), read_targets(standing.targets)
        served.signed.verify_delegate("targets", targets.signed_bytes, targets.signatures)
        last, lacking = served.signed, []
        for root in map(read_root, known):
            if root.signed.version > last.version:
                follow(last, root)
                lacking.append(root)
                last = root.signed
        _require_known(served, known)
        holders = holders_of(served.signed, targets.signed)
        return cls(last, lacking, holders, targets.signed.version)


def _require_known(served: Metadata[Root], known: Sequence[Document]) -> None:
    """A server cannot have another root than the medium has under the same number."""
    for root in map(read_root, known):
        if (
            root.signed.version == served.signed.version
            and root.signed_bytes != served.signed_bytes
        ):
            raise LayoutError(N_("the server shows another root than this medium holds"))


def _holders(roots: Sequence[Key], threshold: int, keys: Mapping[KeyRole, Key]) -> Holders:
    return Holders(roots, threshold, keys[KeyRole.ONLINE], keys[KeyRole.RELEASE])


def _signed(md: Metadata[Any], by: Sequence[CryptoSigner]) -> Metadata[Any]:
    for signer in by:
        md.sign(signer, append=True)
    return md


def _bundle(
    request: TrustRequest,
    holders: Holders,
    roots: Sequence[Metadata[Root]],
    owners: Sequence[CryptoSigner],
    now: datetime,
    floor: int = 0,
) -> TrustBundle:
    targets = _signed(targets_of(holders, next_version(floor, now), now), owners)
    return TrustBundle(
        repository=request.repository,
        vendor=request.vendor,
        keys=request.keys,
        roots=[root.to_dict() for root in roots],
        targets=targets.to_dict(),
        releases=request.releases,
    )
