"""What is signed of releases, and what happens while nobody can sign."""

import json

import pytest

from app.audit.actor import SYSTEM
from app.catalog.models import Artifact
from app.catalog.problems import ReleaseNotReady
from app.catalog.schemas.releases import ChangeRelease, PromoteRelease, WithdrawRelease
from app.catalog.schemas.rulesets import ReplaceRules
from app.catalog.service import releases, signing
from app.catalog.service.rules import replace_rules
from app.kit.problems import ValidationFailed
from app.trust import queries as trust
from app.trust.models import MetadataRole
from tests.factories.world import BUH, give_root, make_world
from wire.trust import (
    CUSTOM_MAX,
    TargetStatus,
    canonical,
    read_custom,
    target_path,
    write_custom,
)


def signed(world, version="2.4.0"):
    """Length, SHA-256 and custom data of a release as agents get them; None if it is unsigned."""
    row = trust.ready_repository(world.session, world.vendor.id)
    content = trust.current(world.session, row.id, MetadataRole.RELEASES)
    target = json.loads(content)["signed"]["targets"].get(target_path("warehouse-helper", version))
    return target and (target["length"], target["hashes"]["sha256"], read_custom(target["custom"]))


def withdraw(world, release, **changes):
    told = {"withdrawn_reason_ru": "Портит данные"} | changes
    command = WithdrawRelease.model_validate(told)
    releases.withdraw(world.session, world.vendor.id, release.id, command, actor=SYSTEM)


@pytest.mark.usefixtures("noon")
def test_a_published_release_is_signed_with_all_that_an_agent_compares(world, session):
    eula = world.eula()
    told = {"channel": "rc", "critical": True}
    made = world.release("2.4.0", **told)
    file = session.query(Artifact).one()
    length, sha256, custom = signed(world)
    assert (length, sha256) == (file.size, file.sha256)
    assert (custom.ext, custom.name, custom.ver) == (
        "warehouse-helper", "СкладскойПомощник", "2.4.0",
    )  # fmt: skip
    assert (custom.uuid, custom.file_ver, custom.purpose) == (
        file.root_uuid, made.file_version, file.parsed_purpose,
    )  # fmt: skip
    assert (custom.channel, custom.critical, custom.via) == ("rc", True, None)
    assert (custom.rules_v, custom.rules) == (1, [BUH])
    assert custom.flags == ["exclusive_required", "restart_required"]
    assert custom.eula == eula.sha256_ru
    assert (custom.status, custom.rollback_to) == (TargetStatus.PUBLISHED, None)
    assert custom.published_at == "2026-11-22T09:00:00.000Z"


def test_a_draft_is_signed_by_nobody(world):
    world.release("2.4.0")
    assert signed(world, "2.5.0") is None


def test_rules_channel_and_urgency_are_signed_anew(world, session):
    made = world.release("2.4.0", channel="rc")
    owner, rules = world.vendor.id, [{"configuration_name": "Розница"}]
    releases.promote(
        session, owner, made.id, PromoteRelease.model_validate({"channel": "stable"}), actor=SYSTEM
    )
    told = ReplaceRules.model_validate({"rules": rules, "reason": "Проверено"})
    replace_rules(session, owner, made.id, told, version=made.row_version, actor=SYSTEM)
    urgent = ChangeRelease.model_validate({"critical": True})
    releases.amend(session, owner, made.id, urgent, version=made.row_version, actor=SYSTEM)
    _, _, custom = signed(world)
    assert (custom.channel, custom.critical) == ("stable", True)
    assert (custom.rules_v, custom.rules) == (2, rules)


def test_a_pause_stays_signed_as_published(world, session):
    made = world.release("2.4.0")
    before = signed(world)
    releases.pause(session, world.vendor.id, made.id, actor=SYSTEM)
    assert signed(world) == before
    assert not signing.unsigned(session, world.vendor.id)


def test_a_withdrawal_is_signed_with_the_way_back(world):
    back, made = world.release("2.3.0"), world.release("2.4.0")
    withdraw(world, made, advice="rollback_to", rollback_to_id=back.id)
    _, _, custom = signed(world)
    assert (custom.status, custom.rollback_to) == (TargetStatus.WITHDRAWN, "2.3.0")


def test_a_release_that_fills_its_room_is_withdrawn_all_the_same(world):
    long, padded = BUH | {"note": "я" * 490}, {"configuration_name": "Розница", "note": "x"}
    back = world.release("2.3.0", long, padded)
    room = CUSTOM_MAX - len(canonical(write_custom(signed(world, "2.3.0")[2])))
    made = world.release("2.4.0", long, padded | {"note": "x" * (room + 1)})
    withdraw(world, made, advice="rollback_to", rollback_to_id=back.id)
    _, _, custom = signed(world)
    assert (custom.status, custom.rollback_to) == (TargetStatus.WITHDRAWN, "2.3.0")


def test_rules_that_are_too_long_to_sign_are_refused(world):
    excluded = [f"3.0.155.{number}" for number in range(CUSTOM_MAX // 10)]
    with pytest.raises(ValidationFailed) as refused:
        world.release("2.4.0", BUH | {"excluded": excluded})
    assert refused.value.errors[0]["pointer"] == "/rules"


@pytest.fixture
def early(session, monkeypatch):
    """Another vendor, whose releases were published when servers did not sign."""
    made = make_world(session, "EARL", root=False)
    with monkeypatch.context() as before:
        before.setattr(releases, "_require_ready", lambda *_: None)
        made.release("2.4.0")
        made.release("2.5.0")
    return made


def test_without_a_root_nothing_is_published(session):
    world = make_world(session, "BARE", root=False)
    with pytest.raises(ReleaseNotReady) as refused:
        world.release("2.4.0")
    assert refused.value.params == {"missing": ["trust"]}
    assert "podkluch trust init" in refused.value.said("ru")


def test_the_first_root_signs_what_was_published_before_it(early, session):
    withdraw(early, early.release_of("2.4.0"))
    give_root(session, early.vendor)
    assert signed(early) is None
    assert signing.sign_all(session, early.vendor.id) == []
    assert signed(early)[2].status is TargetStatus.WITHDRAWN
    assert signed(early, "2.5.0")[2].status is TargetStatus.PUBLISHED
    before = trust.ready_repository(session, early.vendor.id).timestamp_version
    assert signing.sign_all(session, early.vendor.id) == []
    assert trust.ready_repository(session, early.vendor.id).timestamp_version == before


def test_files_that_were_kept_without_their_inner_id_are_read_again(early, session):
    file = session.query(Artifact).filter_by(release_id=early.release_of("2.4.0").id).one()
    inner, file.root_uuid = file.root_uuid, ""
    session.flush()
    give_root(session, early.vendor)
    signing.sign_all(session, early.vendor.id)
    assert inner
    assert signed(early)[2].uuid == inner


def test_what_cannot_be_signed_keeps_nothing_else_from_it(early, session):
    early.release_of("2.4.0").requires = ["Расширение" * 10] * 20
    session.flush()
    give_root(session, early.vendor)
    assert signing.sign_all(session, early.vendor.id) == [target_path("warehouse-helper", "2.4.0")]
    assert signed(early) is None
    assert signed(early, "2.5.0") is not None
    withdraw(early, early.release_of("2.4.0"))
    assert signed(early)[2].status is TargetStatus.WITHDRAWN
