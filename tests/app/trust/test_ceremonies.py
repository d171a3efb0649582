"""What a server takes from ROOT, what ROOT signs for a server, and everything that is refused."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from tuf.api.metadata import Metadata

from app.audit.actor import SYSTEM
from app.audit.models import AuditEvent
from app.kit.problems import NotFound
from app.kit.signing.ed25519 import new_seed, prove, public_of, signer_of
from app.kit.signing.keyring import CannotOpenError, Keyring
from app.trust import queries
from app.trust.models import TrustKey
from app.trust.problems import PublishStale, TrustDocumentInvalid, TrustExists, WeakKey
from app.trust.schemas import KeyOffer, KeyRole, TrustBundle
from app.trust.service.ceremony import first_bundle, next_bundle
from app.trust.service.held import take_over
from app.trust.service.installing import install
from app.trust.service.keys import seed_of
from app.trust.service.layout import read_root
from app.trust.service.requests import first_request, next_request
from tests.factories.trust import DAY, Trusted, some_signers
from wire.trust import fingerprint, root_fingerprint

Tamper = Callable[[dict[str, Any]], object]


def root(document: dict[str, Any]) -> dict[str, Any]:
    return document["roots"][-1]["signed"]


def targets(document: dict[str, Any]) -> dict[str, Any]:
    return document["targets"]["signed"]


def delegated(document: dict[str, Any], number: int) -> dict[str, Any]:
    return targets(document)["delegations"]["roles"][number]


TAMPERED: dict[str, Tamper] = {
    "a later root": lambda it: root(it).update(version=2),
    "a date": lambda it: root(it).update(expires="2090-01-01T00:00:00Z"),
    "no consistent snapshots": lambda it: root(it).update(consistent_snapshot=False),
    "a threshold": lambda it: root(it)["roles"]["timestamp"].update(threshold=2),
    "no signature": lambda it: it["roots"][-1].update(signatures=[]),
    "no signature of the targets": lambda it: it["targets"].update(signatures=[]),
    "another path": lambda it: delegated(it, 0).update(paths=["*"]),
    "not terminating": lambda it: delegated(it, 0).update(terminating=False),
    "no role": lambda it: targets(it)["delegations"].update(roles=[]),
    "a target of ROOT": lambda it: targets(it)["targets"].update(
        {"ext/a/1/a.cfe": {"length": 1, "hashes": {"sha256": "0"}}}
    ),
    "no root": lambda it: it["roots"].__setitem__(0, {}),
    "targets for a root": lambda it: it["roots"].__setitem__(0, it["targets"]),
    "a root for targets": lambda it: it.update(targets=it["roots"][0]),
    "the same root twice": lambda it: it["roots"].append(copy.deepcopy(it["roots"][0])),
}
LAID_OUT: dict[str, Tamper] = {
    name: TAMPERED[name]
    for name in (
        "a threshold",
        "no consistent snapshots",
        "another path",
        "not terminating",
        "no role",
        "a target of ROOT",
    )
} | {
    "another member": lambda it: root(it).update(extra=1),
    "a key that signs nothing": lambda it: root(it)["keys"].update(
        {signer.public_key.keyid: signer.public_key.to_dict() for signer in some_signers(1)}
    ),
    "another name of a key": lambda it: rename_key(root(it)),
    "a past date": lambda it: root(it).update(expires="2020-01-01T00:00:00Z"),
}


def rename_key(signed: dict[str, Any]) -> None:
    online = signed["roles"]["snapshot"]["keyids"][0]
    signed["keys"]["f" * 64] = signed["keys"].pop(online)
    for role in ("snapshot", "timestamp"):
        signed["roles"][role]["keyids"] = ["f" * 64]


@pytest.fixture
def fresh(world, session) -> Trusted:
    """A vendor before the first ceremony."""
    return Trusted(session, world.vendor)


@pytest.fixture
def bundle(fresh, session) -> TrustBundle:
    """What ROOT signed for it, not installed yet."""
    request = first_request(session, fresh.vendor.id, actor=SYSTEM)
    session.commit()
    return first_bundle(request, fresh.roots, 1, session.now())


def install_raw(session, document: dict[str, Any]) -> None:
    install(session, TrustBundle.model_validate(document), actor=SYSTEM)


@pytest.mark.parametrize("how", TAMPERED)
def test_a_bundle_that_was_touched_is_refused(session, bundle, how):
    document = bundle.model_dump(mode="json")
    TAMPERED[how](document)
    with pytest.raises(TrustDocumentInvalid):
        install_raw(session, document)


@pytest.mark.parametrize("how", LAID_OUT)
def test_another_layout_is_refused_although_root_signed_it(fresh, session, bundle, how):
    document = bundle.model_dump(mode="json")
    LAID_OUT[how](document)
    for place, index in ((document["roots"], -1), (document, "targets")):
        signed = Metadata.from_dict(copy.deepcopy(place[index]))
        signed.signatures.clear()
        for signer in fresh.roots:
            signed.sign(signer, append=True)
        place[index] = signed.to_dict()
    with pytest.raises(TrustDocumentInvalid):
        install_raw(session, document)


def test_a_bundle_of_another_repository_is_refused(session, bundle):
    with pytest.raises(NotFound):
        install(session, bundle.model_copy(update={"repository": "A" * 22}), actor=SYSTEM)


def test_a_bundle_over_keys_that_are_not_here_is_refused(fresh, session, bundle):
    first_request(session, fresh.vendor.id, actor=SYSTEM)  # other keys wait; both are kept
    session.commit()
    install(session, bundle, actor=SYSTEM)
    session.rollback()
    stranger = {offer.role: new_seed() for offer in bundle.keys}
    request = first_request(session, fresh.vendor.id, actor=SYSTEM)
    challenge = bytes.fromhex(request.challenge)
    request.keys = [
        KeyOffer(
            role=role,
            public=public_of(seed).hex(),
            proof=prove(seed, request.repository, challenge).hex(),
        )
        for role, seed in stranger.items()
    ]
    with pytest.raises(TrustDocumentInvalid, match="TRUST_DOCUMENT_INVALID"):
        install(session, first_bundle(request, fresh.roots, 1, session.now()), actor=SYSTEM)


@pytest.mark.parametrize(
    ("public", "proof"),
    [("00" * 32, "00" * 64), ("01" + "00" * 31, "01" + "00" * 63), ("ab", "00" * 64)],
)
def test_root_signs_for_no_weak_key(fresh, session, public, proof):
    request = first_request(session, fresh.vendor.id, actor=SYSTEM)
    request.keys[0] = KeyOffer(role=request.keys[0].role, public=public, proof=proof)
    with pytest.raises(WeakKey):
        first_bundle(request, fresh.roots, 1, session.now())


def test_root_signs_for_no_key_without_proof(fresh, session):
    request = first_request(session, fresh.vendor.id, actor=SYSTEM)
    other = bytes.fromhex(request.keys[0].public)
    request.keys[0].public = public_of(new_seed()).hex()
    assert other != bytes.fromhex(request.keys[0].public)
    with pytest.raises(WeakKey):
        first_bundle(request, fresh.roots, 1, session.now())


def test_there_is_one_first_root(trusted, session):
    with pytest.raises(TrustExists):
        first_request(session, trusted.vendor.id, actor=SYSTEM)
    request = next_request(session, trusted.vendor.id, actor=SYSTEM)
    with pytest.raises(TrustDocumentInvalid):
        first_bundle(request, trusted.roots, 1, session.now())


def test_who_does_not_hold_the_keys_signs_no_next_root(trusted):
    with pytest.raises(TrustDocumentInvalid):
        trusted.next(held=some_signers())


def test_two_of_three_are_needed_and_enough(world, session):
    made = Trusted(session, world.vendor, some_signers(3))
    made.begin(threshold=2)
    with pytest.raises(TrustDocumentInvalid):
        made.next(held=made.roots[:1])
    made.take(made.next(held=made.roots[1:]))
    assert made.row.root_version == 2


def test_a_bundle_of_before_is_refused(trusted):
    slow = trusted.next(KeyRole.ONLINE)
    quick = trusted.next()
    trusted.take(quick)
    with pytest.raises((TrustDocumentInvalid, WeakKey)):
        trusted.take(slow)


def test_a_server_cannot_show_the_medium_another_root(trusted, session):
    other = read_root(queries.root(session, trusted.row))
    other.signed.expires += DAY
    for signer in trusted.roots:
        other.sign(signer, append=True)
    with pytest.raises(TrustDocumentInvalid):
        trusted.next(known=[other.to_dict()])


def test_roots_that_a_restored_server_lost_come_from_the_medium(trusted, session, agent, clock):
    someone = agent()
    known = [queries.root(session, trusted.row)]
    request = next_request(session, trusted.vendor.id, actor=SYSTEM)
    lost = next_bundle(request, trusted.roots, session.now()).roots
    clock.pass_(minutes=1)
    bundle = trusted.take(trusted.next(known=[*known, *lost]))
    assert [each["signed"]["version"] for each in bundle.roots] == [2, 3]
    someone.refreshed()
    assert someone.versions()["root"] == 3


def test_keys_are_sealed_for_their_row(trusted, session):
    one, other = queries.active_keys(session, trusted.row.id).values()
    assert public_of(seed_of(session, one)) == one.public
    one.sealed_private, other.sealed_private = other.sealed_private, one.sealed_private
    with pytest.raises(CannotOpenError), session.no_autoflush:
        seed_of(session, one)


def test_without_its_master_no_key_opens(trusted, session):
    key = queries.active_keys(session, trusted.row.id)[KeyRole.ONLINE]
    place = f"{key.vendor_id}:{key.id}".encode()
    assert session.kit.keyring.open("trust", key.sealed_private, place)
    for keyring, purpose in ((Keyring.of(b"\1" * 32), "trust"), (session.kit.keyring, "seal")):
        with pytest.raises(CannotOpenError):
            keyring.open(purpose, key.sealed_private, place)


def test_events_tell_the_version_and_the_fingerprint(trusted, session):
    trusted.take(trusted.next(KeyRole.RELEASE))
    found = session.execute(
        select(AuditEvent.action, AuditEvent.data)
        .where(AuditEvent.action.startswith("trust."))
        .order_by(AuditEvent.seq)
    ).all()
    assert [action for action, _ in found[-2:]] == ["trust.key_rotated", "trust.root_changed"]
    shown = root_fingerprint(queries.root(session, trusted.row))
    assert found[-1].data == {"version": 2, "fingerprint": shown}
    assert shown == fingerprint(read_root(queries.root(session, trusted.row)).signed_bytes)


def handed_over(trusted, session, seed: bytes) -> TrustBundle:
    request = next_request(session, trusted.vendor.id, to_vendor=True, actor=SYSTEM)
    session.commit()
    return next_bundle(take_over(request, seed), trusted.roots, session.now())


def test_releases_published_while_the_key_was_handed_over_stop_it(trusted, session):
    bundle = handed_over(trusted, session, new_seed())
    trusted.publish("2.4.0")
    with pytest.raises(PublishStale):
        trusted.take(bundle)


def test_a_key_is_not_handed_over_without_its_signature(trusted, session):
    bundle = handed_over(trusted, session, new_seed())
    for releases in (None, bundle.releases | {"signatures": []}):
        with pytest.raises(TrustDocumentInvalid):
            install(session, bundle.model_copy(update={"releases": releases}), actor=SYSTEM)
        session.rollback()


def test_agents_follow_the_releases_to_the_vendors_key_and_back(trusted, session, agent):
    someone, seed = agent(), new_seed()
    trusted.publish("2.4.0")
    assert someone.sees("2.4.0")
    trusted.take(handed_over(trusted, session, seed))
    assert trusted.row.mode == "vendor_held"
    assert someone.sees("2.4.0")
    kids = select(TrustKey.kid).where(TrustKey.status == "active", TrustKey.role == "release")
    assert session.scalar(kids) == signer_of(seed).public_key.keyid
    trusted.take(trusted.next(KeyRole.RELEASE))
    assert trusted.row.mode == "managed"
    trusted.publish("2.5.0")
    assert someone.sees("2.5.0")
