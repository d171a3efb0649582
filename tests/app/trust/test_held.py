"""Releases that only the vendor's own computer can sign."""

import copy
from dataclasses import replace

import pytest

from app.audit.actor import SYSTEM
from app.kit.signing.ed25519 import new_seed, signer_of
from app.trust.problems import PublishStale, ReleaseKeyHeld, TrustDocumentInvalid
from app.trust.service.ceremony import next_bundle
from app.trust.service.held import ChangeKind, accept, differences, draft, sign_draft, take_over
from app.trust.service.publishing import republish, resign, sign_targets
from app.trust.service.requests import next_request
from tests.factories.trust import path_of, target
from wire.trust import TargetStatus

OWN = {"ab" * 32}


@pytest.fixture
def seed() -> bytes:
    return new_seed()


@pytest.fixture
def held(trusted, session, seed):
    """A vendor whose releases went to their own key; one release is out."""
    trusted.publish("2.4.0")
    request = next_request(session, trusted.vendor.id, to_vendor=True, actor=SYSTEM)
    session.commit()
    trusted.take(next_bundle(take_over(request, seed), trusted.roots, session.now()))
    return trusted


def drafted(held, *versions: str, **changes):
    releases = {path_of(version): target(version, **changes) for version in versions}
    return draft(held.session, held.vendor.id, releases)


def take(held, signed):
    changes = accept(held.session, held.vendor.id, signed)
    held.session.commit()
    return changes


def test_the_server_alone_publishes_nothing_any_more(held, session):
    with pytest.raises(ReleaseKeyHeld):
        sign_targets(session, held.vendor.id, {path_of("2.5.0"): target("2.5.0")})


def test_what_the_vendor_signed_is_published(held, seed, agent):
    signed, shown = sign_draft(drafted(held, "2.5.0"), signer_of(seed), OWN)
    changes = take(held, signed)
    assert [(change.kind, change.path) for change in changes] == [
        (ChangeKind.ADDED, path_of("2.5.0"))
    ]
    assert changes == shown
    assert agent().sees("2.5.0")
    assert agent().sees("2.4.0")


def test_the_difference_is_readable(held, seed):
    told = drafted(held, "2.4.0", status=TargetStatus.WITHDRAWN, critical=True)
    _, [change] = sign_draft(told, signer_of(seed), OWN)
    assert change.kind is ChangeKind.WITHDRAWN
    assert list(differences(change)) == [
        "critical: None -> True",
        "status: published -> withdrawn",
    ]
    _, [other] = sign_draft(drafted(held, "2.4.0", channel="beta"), signer_of(seed), OWN)
    assert other.kind is ChangeKind.CHANGED
    assert list(differences(other)) == ["channel: stable -> beta"]


def test_a_file_that_is_not_the_vendors_is_not_signed(held, seed):
    for own in (set(), {"cd" * 32}):
        with pytest.raises(TrustDocumentInvalid):
            sign_draft(drafted(held, "6.6.6"), signer_of(seed), own)


def test_other_bytes_of_a_published_release_are_not_signed(held, seed):
    paper = drafted(held, "2.5.0")
    for change in ({"length": 1}, {"hashes": {"sha256": "cd" * 32}}):
        touched = copy.deepcopy(paper)
        touched.releases["signed"]["targets"][path_of("2.4.0")].update(change)
        with pytest.raises(TrustDocumentInvalid):
            sign_draft(touched, signer_of(seed), OWN)
    gone = copy.deepcopy(paper)
    del gone.releases["signed"]["targets"][path_of("2.4.0")]
    with pytest.raises(TrustDocumentInvalid):
        sign_draft(gone, signer_of(seed), OWN)


def test_a_release_under_another_releases_path_is_not_signed(held, seed):
    releases = {path_of("2.5.0"): replace(target("2.5.0"), custom=target("2.6.0").custom)}
    paper = draft(held.session, held.vendor.id, releases)
    with pytest.raises(TrustDocumentInvalid):
        sign_draft(paper, signer_of(seed), OWN)


def test_a_draft_that_delegates_or_repeats_a_version_is_not_signed(held, seed):
    paper = drafted(held, "2.5.0")
    for change in (
        {"version": paper.published["signed"]["version"]},
        {"delegations": {"keys": {}, "roles": []}},
    ):
        touched = copy.deepcopy(paper)
        touched.releases["signed"].update(change)
        if change.get("delegations"):
            touched.releases["signed"]["delegations"] = _delegations(held)
        with pytest.raises(TrustDocumentInvalid):
            sign_draft(touched, signer_of(seed), OWN)


def _delegations(held):
    request = next_request(held.session, held.vendor.id, actor=SYSTEM)
    return request.standing.targets["signed"]["delegations"]


def test_another_publication_in_between_is_told(held, seed):
    first, _ = sign_draft(drafted(held, "2.5.0"), signer_of(seed), OWN)
    second, _ = sign_draft(drafted(held, "2.6.0"), signer_of(seed), OWN)
    take(held, first)
    for late in (second, first):
        with pytest.raises(PublishStale):
            accept(held.session, held.vendor.id, late)
        held.session.rollback()


@pytest.mark.parametrize("how", ["unsigned", "a stranger", "touched", "another repository"])
def test_without_the_vendors_signature_nothing_is_published(held, seed, how):
    signer = signer_of(new_seed() if how == "a stranger" else seed)
    signed, _ = sign_draft(drafted(held, "2.5.0"), signer, OWN)
    if how == "unsigned":
        signed.releases["signatures"] = []
    if how == "touched":
        signed.releases["signed"]["targets"][path_of("2.5.0")]["length"] += 1
    if how == "another repository":
        signed.repository = "A" * 22
    with pytest.raises(TrustDocumentInvalid):
        accept(held.session, held.vendor.id, signed)


def test_the_timestamp_is_still_the_servers(held, session, agent, clock):
    someone = agent()
    someone.sees("2.4.0")
    clock.pass_(days=1)
    resign(session, held.vendor.id)
    republish(session, held.vendor.id)
    session.commit()
    assert someone.sees("2.4.0")
