"""Releases that only the vendor's own computer signs, from the draft to what agents are offered."""

import json

import pytest
from sqlalchemy import select

from app.audit.actor import SYSTEM
from app.audit.models import AuditEvent
from app.catalog.models import Release
from app.catalog.problems import ReleaseInState, ReleaseNotReady
from app.catalog.schemas.releases import CreateRelease, WithdrawRelease
from app.catalog.schemas.rulesets import ReplaceRules
from app.catalog.service import releases, signing
from app.catalog.service.handing import hand_out, take_back
from app.catalog.service.rules import replace_rules, write_rules
from app.kit.problems import ValidationFailed
from app.kit.signing.ed25519 import new_seed, signer_of
from app.trust import queries as trust
from app.trust.models import MetadataRole
from app.trust.problems import PublishStale, ReleaseKeyHeld, TrustDocumentInvalid
from app.trust.service.ceremony import next_bundle
from app.trust.service.held import sign_draft, take_over
from app.trust.service.installing import install
from app.trust.service.requests import next_request
from tests.factories.world import BUH, ROOTS
from wire.trust import TargetStatus, read_custom, target_path


@pytest.fixture
def seed() -> bytes:
    return new_seed()


@pytest.fixture
def vendor_id(world, session, seed):
    """The vendor's id, after 2.4.0 was published and the key went to them."""
    world.release("2.4.0")
    request = next_request(session, world.vendor.id, to_vendor=True, actor=SYSTEM)
    install(session, next_bundle(take_over(request, seed), ROOTS, session.now()), actor=SYSTEM)
    return world.vendor.id


@pytest.fixture
def draft(world, session, vendor_id) -> Release:
    """2.5.0, with all that a publication needs but a signature."""
    told = {"extension": "warehouse-helper", "version": "2.5.0", "notes_ru": "Новое"}
    command = CreateRelease.model_validate(told | {"rules": [BUH]})
    return releases.create(session, vendor_id, command, world.cfe("2.5.0"), actor=SYSTEM)


def signed_by(seed, paper):
    own = {each["hashes"]["sha256"] for each in paper.releases["signed"]["targets"].values()}
    return sign_draft(paper, signer_of(seed), own)[0]


def targets(session, vendor_id):
    row = trust.ready_repository(session, vendor_id)
    content = trust.current(session, row.id, MetadataRole.RELEASES)
    found = json.loads(content)["signed"]["targets"]
    return {path.split("/")[2]: read_custom(each["custom"]) for path, each in found.items()}


def test_the_server_alone_publishes_nothing(session, vendor_id, draft):
    with pytest.raises(ReleaseKeyHeld):
        releases.publish(session, vendor_id, draft.id, actor=SYSTEM)
    assert draft.status == "draft"


def test_a_draft_is_published_by_the_vendor_s_signature(session, vendor_id, draft, seed, clock):
    paper = hand_out(session, vendor_id, [draft.id])
    assert (draft.status, draft.published_at) == ("draft", None)
    clock.pass_(hours=3)
    assert take_back(session, vendor_id, signed_by(seed, paper), actor=SYSTEM) == [draft]
    assert (draft.status, draft.published_by) == ("published", "podkluch")
    assert set(targets(session, vendor_id)) == {"2.4.0", "2.5.0"}
    assert not signing.unsigned(session, vendor_id)
    session.commit()
    events = select(AuditEvent.action).where(AuditEvent.subject_id == draft.id)
    assert "release.published" in session.scalars(events).all()


def test_a_withdrawal_takes_effect_at_once_and_is_signed_afterwards(
    world, session, vendor_id, seed
):
    command = WithdrawRelease.model_validate({"withdrawn_reason_ru": "Портит данные"})
    releases.withdraw(session, vendor_id, world.release_of("2.4.0").id, command, actor=SYSTEM)
    assert targets(session, vendor_id)["2.4.0"].status is TargetStatus.PUBLISHED
    assert list(signing.unsigned(session, vendor_id)) == [target_path("warehouse-helper", "2.4.0")]
    paper = signed_by(seed, hand_out(session, vendor_id, []))
    assert take_back(session, vendor_id, paper, actor=SYSTEM) == []
    assert targets(session, vendor_id)["2.4.0"].status is TargetStatus.WITHDRAWN


def test_a_draft_that_changed_meanwhile_has_to_be_signed_again(session, vendor_id, draft, seed):
    paper = signed_by(seed, hand_out(session, vendor_id, [draft.id]))
    rules = ReplaceRules.model_validate({"rules": [BUH, {"configuration_name": "Розница"}]})
    write_rules(session, vendor_id, draft.id, rules, version=draft.row_version, actor=SYSTEM)
    session.commit()
    with pytest.raises(PublishStale):
        take_back(session, vendor_id, paper, actor=SYSTEM)
    session.rollback()
    assert session.get_one(Release, draft.id).status == "draft"


@pytest.mark.parametrize("by", [None, "somebody else"])
def test_without_the_vendor_s_signature_nothing_is_published(session, vendor_id, draft, by):
    paper = hand_out(session, vendor_id, [draft.id])
    session.commit()
    with pytest.raises(TrustDocumentInvalid):
        take_back(session, vendor_id, signed_by(new_seed(), paper) if by else paper, actor=SYSTEM)
    session.rollback()
    assert session.get_one(Release, draft.id).status == "draft"


def test_only_whole_drafts_are_handed_out(world, session, vendor_id, draft):
    draft.notes_ru = ""
    session.flush()
    with pytest.raises(ReleaseNotReady):
        hand_out(session, vendor_id, [draft.id])
    with pytest.raises(ReleaseInState):
        hand_out(session, vendor_id, [world.release_of("2.4.0").id])


def test_rules_that_are_too_long_to_sign_are_refused_before_they_are_handed_out(
    world, session, vendor_id
):
    made = world.release_of("2.4.0")
    told = {"rules": [BUH | {"excluded": [f"3.0.155.{n}" for n in range(200)]}], "reason": "Точнее"}
    command, version = ReplaceRules.model_validate(told), made.row_version
    with pytest.raises(ValidationFailed):
        replace_rules(session, vendor_id, made.id, command, version=version, actor=SYSTEM)


def test_a_release_that_cannot_be_signed_keeps_no_other_from_it(world, session, vendor_id, draft):
    world.release_of("2.4.0").requires = ["Расширение" * 10] * 20
    paper = hand_out(session, vendor_id, [draft.id])
    assert target_path("warehouse-helper", "2.5.0") in paper.releases["signed"]["targets"]
