"""Making and publishing releases; a refusal leaves nothing behind."""

import hashlib

import pytest
from pydantic import ValidationError
from sqlalchemy import func, select

from app.audit.actor import SYSTEM
from app.audit.models import AuditEvent
from app.catalog.models import Artifact, CompatibilityRule, Release
from app.catalog.problems import (
    ArtifactExists,
    ArtifactInvalid,
    ArtifactNameMismatch,
    ReleaseNotReady,
    ReleasePaused,
    ReleaseWithdrawn,
    VersionExists,
    VersionNeeded,
)
from app.catalog.schemas.extensions import CreateExtension
from app.catalog.schemas.releases import CreateRelease
from app.catalog.service import extensions, releases
from app.kit.config import Settings
from app.kit.problems import BodyTooLarge, NotFound
from onec.cfe_writer import make_cfe
from tests.factories.cfe import (
    bad_hex,
    bad_sha1,
    corrupt,
    empty_container,
    good_cfe,
    self_loop,
    truncated,
)
from tests.factories.contents import contents
from tests.factories.world import BUH, make_world

DENY = {"effect": "deny", "configuration_name": "Розница"}


@pytest.fixture
def draft(world, session):
    """Makes a draft of the world's extension from a file."""

    def make(file=None, vendor=None, **told):
        told = {
            "extension": "warehouse-helper",
            "notes_ru": "Новое",
            "rules": [BUH],
        } | told
        command = CreateRelease.model_validate(told)
        file = world.cfe() if file is None else file
        owner = (vendor or world.vendor).id
        return releases.create(session, owner, command, file, actor=SYSTEM)

    return make


def publish(session, world, release):
    made = releases.publish(session, world.vendor.id, release.id, actor=SYSTEM)
    session.commit()
    return made


def cfe(version, **changes):
    return make_cfe("СкладскойПомощник", "Помощник", version, "Вектор", "СП_", **changes)


def stored(kit):
    return sorted(path.name for path in kit.settings.artifacts_folder.rglob("*") if path.is_file())


def test_a_draft_says_what_its_file_says(draft, session, kit):
    file = cfe("2.4.0", compat=80314)
    made = draft(file)
    session.commit()
    session.expire_all()
    row = session.scalars(select(Artifact)).one()
    assert (made.version, made.file_version, made.status) == ("2.4.0", "2.4.0", "draft")
    assert made.version_key == 562967133290496
    assert (row.size, row.status) == (len(file), "ready")
    assert row.sha256 == hashlib.sha256(file).hexdigest()
    assert (row.parsed_name, row.parsed_vendor, row.parsed_prefix) == (
        "СкладскойПомощник",
        "Вектор",
        "СП_",
    )
    assert row.filename == "СкладскойПомощник_2.4.0.cfe"
    assert stored(kit) == [row.sha256]
    assert kit.artifacts.path(row.sha256).read_bytes() == file


def test_a_draft_is_two_events(draft, session):
    draft()
    session.commit()
    actions = session.scalars(select(AuditEvent.action).order_by(AuditEvent.seq.desc())).all()
    assert set(actions[:2]) == {"release.created", "artifact.uploaded"}


def test_install_flags_are_the_extension_s_of_that_day(world, session, draft):
    world.extension.restart_required = False
    world.extension.conflicts_with = ["Бэкофис"]
    session.flush()
    made = draft()
    world.extension.conflicts_with = []
    session.commit()
    session.expire_all()
    assert (made.restart_required, made.conflicts_with) == (False, ["Бэкофис"])


def test_rules_keep_their_text_and_get_their_keys(draft, session):
    draft(rules=[BUH, {"effect": "allow"}])
    first, second = session.scalars(
        select(CompatibilityRule).order_by(CompatibilityRule.number)
    ).all()
    assert first.rule["version_to"] == "3.0.170.*"
    assert first.configuration_key == "бухгалтерияпредприятия"
    assert first.from_key == 844424939962368
    assert (second.configuration_key, second.from_key, second.to_key) == (None, 0, 2**63 - 1)


# Refusals


@pytest.fixture
def unchanged(world, session, connection, kit):
    """Holds that nothing was written into the world: no row in any table, no file."""
    assert world.session is session

    def state():
        session.rollback()
        return contents(connection), stored(kit)

    before = state()
    yield
    assert state() == before


UNSOUND = {
    "nothing": b"",
    "one byte": b"\0",
    "an archive": b"PK\x03\x04" + b"\0" * 200,
    "a page": b"<html></html>",
    "a program": b"\x7fELF" + b"\0" * 500,
    "a text": "Это не расширение".encode() * 50,
    "no entries": corrupt(good_cfe(), empty_container),
    "a beginning": corrupt(good_cfe(), truncated(100)),
    "a half": corrupt(good_cfe(), truncated(2_000)),
    "a number that is none": corrupt(good_cfe(), bad_hex),
    "a wrong digest": corrupt(good_cfe(), bad_sha1),
    "a chain in a circle": corrupt(good_cfe(), self_loop),
}


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("what", UNSOUND)
def test_a_file_that_is_no_sound_extension_leaves_nothing(draft, what):
    with pytest.raises(ArtifactInvalid) as refused:
        draft(UNSOUND[what])
    document = refused.value.document("ru")
    assert document["status"] == 422
    assert document["params"]["reason"]
    assert document["params"]["why"]["ru"] in document["title"]


@pytest.mark.usefixtures("unchanged")
def test_a_file_of_another_extension_is_refused_by_its_name(draft):
    with pytest.raises(ArtifactNameMismatch) as refused:
        draft(make_cfe("Другое", "Другое", "1.0", "Вектор", "Др_"))
    assert refused.value.params == {"found": "Другое", "expected": "СкладскойПомощник"}


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("version", ["", "2020-12-11", "1.6.0+2021-08-03", "1.2.3.4.5", "1.70000"])
def test_a_version_that_orders_nothing_has_to_be_named(draft, version):
    with pytest.raises(VersionNeeded):
        draft(cfe(version))


@pytest.mark.parametrize("version", ["", "2020-12-11", "1.6.0+2021-08-03"])
def test_a_named_version_orders_and_the_file_s_own_is_shown(draft, version):
    made = draft(cfe(version), version="1.6")
    assert (made.version, made.file_version) == ("1.6", version)


@pytest.mark.parametrize(
    "version", ["", "1.", "1.2.3.4.5", "v1", "1.2-rc", "1,2", "１.２", "1.65536"]
)
def test_a_named_version_is_one_to_four_numbers(version):
    with pytest.raises(ValidationError):
        CreateRelease(extension="warehouse-helper", notes_ru="Новое", rules=[], version=version)


@pytest.mark.parametrize("again", ["1.2", "1.2.0", "1.2.0.0", "01.2", "1.02"])
def test_two_texts_may_be_one_version(draft, session, kit, again):
    draft(cfe("1"), version="1.2")
    session.commit()
    files = stored(kit)
    with pytest.raises(VersionExists) as refused:
        draft(cfe("2"), version=again)
    assert refused.value.params == {"version": again}
    assert stored(kit) == files
    assert session.scalar(select(func.count(Release.id))) == 1


def test_the_same_bytes_are_one_release_of_an_extension(draft, session, kit):
    draft(version="1.0")
    session.commit()
    with pytest.raises(ArtifactExists) as refused:
        draft(version="1.1")
    session.rollback()
    assert refused.value.params == {"version": "1.0"}
    assert session.scalar(select(func.count(Release.id))) == 1
    assert len(stored(kit)) == 1


def test_the_same_bytes_may_be_releases_of_two_vendors_in_one_file(draft, session, kit):
    other = make_world(session, "OTHR")
    draft()
    draft(vendor=other.vendor)
    session.commit()
    assert len(session.scalars(select(Artifact)).all()) == 2
    assert len(stored(kit)) == 1


@pytest.mark.usefixtures("unchanged")
def test_a_file_above_the_limit_is_refused_by_its_size(draft, kit):
    object.__setattr__(kit, "settings", Settings(upload_max_bytes=1_000, data=kit.settings.data))
    with pytest.raises(BodyTooLarge) as refused:
        draft(cfe("2.4.0", pad_entries=50))
    assert refused.value.params == {"max": 1_000}


def test_another_vendor_s_extension_does_not_exist(world, session, draft):
    other = make_world(session, "OTHR")
    extensions.create_extension(
        session,
        other.vendor.id,
        CreateExtension(
            product="warehouse-helper", code="theirs", onec_name="Чужое", title_ru="Чужое"
        ),
        actor=SYSTEM,
    )
    for code in ("theirs", "nobodys"):
        with pytest.raises(NotFound):
            draft(extension=code)
    theirs = draft(vendor=other.vendor)
    with pytest.raises(NotFound):
        releases.publish(session, world.vendor.id, theirs.id, actor=SYSTEM)


# Publishing


@pytest.mark.usefixtures("noon")
def test_a_published_release_has_its_day_and_its_publisher(world, session, draft, clock):
    made = publish(session, world, draft())
    assert (made.status, made.published_at, made.published_by) == (
        "published",
        clock(),
        "podkluch",
    )


def test_publishing_again_changes_nothing(world, session, draft, connection):
    made = publish(session, world, draft())
    before = contents(connection)
    again = releases.publish(session, world.vendor.id, made.id, actor=SYSTEM)
    session.flush()
    assert (again, session.pending, contents(connection)) == (made, [], before)


@pytest.mark.parametrize("rules", [[], [DENY]])
def test_without_an_allow_rule_nothing_is_published(world, session, draft, rules):
    made = draft(rules=rules)
    with pytest.raises(ReleaseNotReady) as refused:
        publish(session, world, made)
    assert refused.value.params == {"missing": ["rules"]}
    assert made.status == "draft"


def test_everything_that_is_missing_is_named_at_once(world, session, draft):
    made = draft(rules=[])
    made.notes_ru = ""
    session.scalars(select(Artifact)).one().status = "quarantined"
    session.flush()
    with pytest.raises(ReleaseNotReady) as refused:
        publish(session, world, made)
    assert refused.value.params == {"missing": ["artifact", "notes_ru", "rules"]}


@pytest.mark.parametrize(
    ("status", "refusal"), [("paused", ReleasePaused), ("withdrawn", ReleaseWithdrawn)]
)
def test_a_paused_or_withdrawn_release_is_not_published_again(
    world, session, draft, status, refusal
):
    made = publish(session, world, draft())
    made.status = status
    session.flush()
    with pytest.raises(refusal):
        publish(session, world, made)
    assert made.status == status


def test_a_lower_version_may_follow_a_higher_one(world, session, draft):
    publish(session, world, draft(version="2.0"))
    later = publish(session, world, draft(cfe("1.9.9"), version="1.9.9"))
    assert later.status == "published"


@pytest.mark.parametrize("notes", ["", "   "])
def test_notes_in_russian_are_required(notes):
    with pytest.raises(ValidationError):
        CreateRelease(extension="warehouse-helper", notes_ru=notes, rules=[])
