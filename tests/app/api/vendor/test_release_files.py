"""The files of drafts: what is read from a .cfe, and documents beside it."""

import base64
import hashlib
from copy import deepcopy

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import undefer

from app.audit.models import AuditEvent
from app.catalog.models import Artifact
from onec.cfe import Origin
from onec.cfe_writer import NewObject, make_cfe
from tests.factories.cfe import bad_sha1, corrupt, good_cfe
from tests.factories.world import BUH

NEW = {"extension": "warehouse-helper", "notes_ru": "Новое", "rules": [BUH]}


def cfe(version="2.5.0", name="СкладскойПомощник", vendor="ООО «DEMO»", **changes):
    return make_cfe(name, "Помощник", version, vendor, "СП_", **changes)


@pytest.fixture
def draft(crm):
    """Makes a draft."""

    def make(**told):
        return crm.post("/releases", **NEW | told).raise_for_status().json()

    return make


@pytest.fixture
def attach(crm):
    """Gives a draft its file."""

    def put(release, file, **headers):
        version = crm.get(path(release)).json()["row_version"]
        return crm.upload(f"{path(release)}/artifact", file, version, **headers)

    return put


def path(release):
    return f"/releases/{release['id']}"


def code(answer):
    return answer.status_code, answer.json()["code"]


def warnings(answer):
    return {each["code"]: each["text"] for each in answer.json()["warnings"]}


def test_what_the_file_says_is_answered(draft, attach, crm, events):
    objects = [
        NewObject("Catalog", "СП_Товары"),
        NewObject("CommonModule", "Общий", Origin.ADOPTED),
    ]
    file, made = cfe(objects=objects), draft()
    answer = attach(made, file)
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    told = answer.json()
    assert (told["version"], told["file_version"]) == ("2.5.0", "2.5.0")
    found = told["artifact"]
    assert (
        found.items()
        >= {
            "sha256": hashlib.sha256(file).hexdigest(),
            "size": len(file),
            "status": "ready",
            "filename": "СкладскойПомощник_2.5.0.cfe",
            "parsed_name": "СкладскойПомощник",
            "parsed_purpose": "customization",
            "parsed_compatibility": "8.3.14",
        }.items()
    )
    assert told["own"] == [{"kind": "Catalog", "name": "СП_Товары", "origin": "own"}]
    assert {"kind": "CommonModule", "name": "Общий", "origin": "adopted"} in told["adopted"]
    assert warnings(answer).keys() == {"EXCLUSIVE_ACCESS"}
    assert crm.get(path(made)).json() == told
    [event] = [data for action, data in events(found["id"]) if action == "artifact.uploaded"]
    assert event["sha256"] == found["sha256"]


def test_a_named_version_stays(draft, attach):
    told = attach(draft(version="7.0"), cfe("2020-12-11")).json()
    assert (told["version"], told["file_version"]) == ("7.0", "2020-12-11")


def test_a_version_that_orders_nothing_is_asked_for_later(draft, attach, crm):
    made = attach(draft(), cfe("2020-12-11")).json()
    assert (made["version"], made["artifact"]["filename"]) == (None, "СкладскойПомощник.cfe")
    refused = crm.post(f"{path(made)}/publish")
    assert refused.json()["params"]["missing"] == ["version"]
    tag = {"If-Match": f'"{made["row_version"]}"'}
    named = crm.send("PATCH", path(made), json={"version": "3.0"}, headers=tag).json()
    assert named["artifact"]["filename"] == "СкладскойПомощник_3.0.cfe"
    assert crm.post(f"{path(made)}/publish").json()["status"] == "published"


@pytest.mark.in_process("damages a file of the local store")
def test_a_quarantined_file_of_a_draft_is_given_back(draft, attach, kit, connection):
    made, file = draft(), cfe()
    attach(made, file).raise_for_status()
    kept = kit.artifacts.path(hashlib.sha256(file).hexdigest())
    kept.write_bytes(bytes(len(file)))
    connection.execute(update(Artifact).values(status="quarantined"))
    answer = attach(made, file)
    assert answer.json()["artifact"]["status"] == "ready"
    assert kept.read_bytes() == file


def test_the_same_bytes_again_change_nothing(draft, attach, session):
    made, file = draft(), cfe()
    first = attach(made, file).json()
    events = session.scalar(select(func.count()).select_from(AuditEvent))
    assert attach(made, file).json() == first
    assert session.scalar(select(func.count()).select_from(AuditEvent)) == events
    assert session.scalar(select(func.count()).select_from(Artifact)) == 1


def test_other_bytes_take_the_place_of_the_first(draft, attach, session):
    made = draft()
    first, second = (attach(made, cfe(version)).json() for version in ("2.5.0", "2.6.0"))
    assert second["artifact"]["id"] != first["artifact"]["id"]
    assert (second["version"], second["file_version"]) == ("2.5.0", "2.6.0")
    assert session.scalar(select(func.count()).select_from(Artifact)) == 1


def test_the_bytes_of_another_release_are_refused(draft, attach):
    attach(draft(version="1.0"), cfe()).raise_for_status()
    refused = attach(draft(version="2.0"), cfe())
    assert code(refused) == (409, "ARTIFACT_EXISTS")
    assert refused.json()["params"] == {"version": "1.0"}


def test_a_version_that_exists_is_refused(draft, attach):
    attach(draft(), cfe()).raise_for_status()
    assert code(attach(draft(), cfe(vendor="Другой"))) == (409, "VERSION_EXISTS")


@pytest.mark.parametrize(
    ("file", "refusal"),
    [
        (b"", (422, "ARTIFACT_INVALID")),
        (b"PK\x03\x04", (422, "ARTIFACT_INVALID")),
        (corrupt(good_cfe(), bad_sha1), (422, "ARTIFACT_INVALID")),
        (cfe(name="Другое"), (409, "ARTIFACT_NAME_MISMATCH")),
    ],
)
def test_a_refused_file_is_on_record(draft, attach, crm, session, file, refusal):
    made = draft()
    assert code(attach(made, file)) == refusal
    assert crm.get(path(made)).json() == made
    event = session.scalars(select(AuditEvent).order_by(AuditEvent.seq.desc())).first()
    assert (event.action, event.outcome, event.reason, str(event.subject_id)) == (
        "artifact.rejected",
        "denied",
        refusal[1],
        made["id"],
    )


def test_a_digest_that_the_sender_told_has_to_agree(draft, attach, crm):
    made, file = draft(), cfe()
    ours = base64.b64encode(hashlib.sha256(file).digest()).decode()
    wrong = base64.b64encode(bytes(32)).decode()
    assert code(attach(made, file, Repr_Digest=f"sha-256=:{wrong}:")) == (409, "DIGEST_MISMATCH")
    assert crm.get(path(made)).json() == made
    told = f"md5=:{wrong}:, SHA-256=:{ours}:"
    assert attach(made, file, Repr_Digest=told).status_code == 200


def test_a_file_builds_on_the_version_it_names(draft, crm):
    made = draft()
    place = f"{path(made)}/artifact"
    assert code(crm.upload(place, cfe(), 2)) == (412, "PRECONDITION_FAILED")
    assert code(crm.send("PUT", place, content=cfe())) == (428, "PRECONDITION_REQUIRED")


@pytest.mark.in_process("a body without a length, which nginx counts itself")
def test_an_upload_tells_its_length(draft, crm):
    made = draft()

    def pieces():
        yield cfe()

    answer = crm.send(
        "PUT", f"{path(made)}/artifact", content=pieces(), headers={"If-Match": '"1"'}
    )
    assert code(answer) == (411, "LENGTH_REQUIRED")


def test_a_published_release_keeps_its_file(draft, attach, crm):
    made = attach(draft(), cfe()).json()
    crm.post(f"{path(made)}/publish").raise_for_status()
    refused = attach(made, cfe("2.6.0"))
    assert code(refused) == (409, "RELEASE_IMMUTABLE")
    assert refused.json()["params"] == {"field": "artifact"}


# Beside what was said, and beside the release before


def test_what_differs_from_what_was_said_is_told(draft, attach):
    file = cfe(vendor="Другой", purpose=2)
    told = warnings(attach(draft(version="7.0"), file))
    assert told.keys() == {"PURPOSE_DIFFERS", "VENDOR_DIFFERS", "VERSION_DIFFERS"}
    assert told["PURPOSE_DIFFERS"] == "Назначение: в файле «addon», указано «customization»"


@pytest.fixture
def before(draft, attach, crm):
    """A published release with data of its own."""
    objects = [NewObject("Catalog", "СП_Товары")]
    made = attach(draft(), cfe("2.0", objects=objects)).json()
    return crm.post(f"{path(made)}/publish").raise_for_status().json()


@pytest.mark.usefixtures("before")
def test_the_same_structure_is_nothing_to_tell(draft, attach):
    objects = [NewObject("Catalog", "СП_Товары")]
    assert "STRUCTURE_CHANGED" not in warnings(attach(draft(), cfe("2.1", objects=objects)))


@pytest.mark.usefixtures("before")
def test_a_changed_structure_is_told(draft, attach):
    objects = [NewObject("InformationRegister", "СП_Цены")]
    told = warnings(attach(draft(), cfe("2.1", objects=objects)))["STRUCTURE_CHANGED"]
    assert told.endswith(": +InformationRegister.СП_Цены, -Catalog.СП_Товары")


@pytest.mark.usefixtures("before")
def test_an_object_that_reads_differently_is_told(draft, attach, session, connection):
    """What the file of the release before said of its catalogue is made to differ."""
    [earlier] = session.scalars(select(Artifact).options(undefer(Artifact.contents)))
    contents = deepcopy(earlier.contents)
    [item] = [each for each in contents["objects"] if each["kind"] == "Catalog"]
    item["digest"] = "0" * 64
    connection.execute(update(Artifact).values(contents=contents))
    told = warnings(attach(draft(), cfe("2.1", objects=[NewObject("Catalog", "СП_Товары")])))
    assert told["STRUCTURE_CHANGED"].endswith(": ~Catalog.СП_Товары")


@pytest.mark.usefixtures("before")
def test_a_lower_version_and_less_protection_are_told(draft, attach):
    lower = attach(draft(), cfe("1.9"))
    assert "VERSION_LOWER" in warnings(lower)
    unsafe = draft(safe_mode_off_required=True)
    assert "PROTECTION_OFF" in warnings(attach(unsafe, cfe("2.1")))


# Documents


def add(crm, release, data=b"%PDF", name="Руководство.pdf", **headers):
    place = f"{path(release)}/documents"
    return crm.send("POST", place, params={"filename": name}, content=data, headers=headers)


def test_a_document_belongs_to_its_draft(draft, crm, kit, events):
    made = draft()
    answer = add(crm, made)
    assert answer.status_code == 201
    document = answer.json()
    assert (document["filename"], document["size"]) == ("Руководство.pdf", 4)
    assert b"".join(kit.artifacts.read(document["sha256"])) == b"%PDF"
    assert events(document["id"])[0][0] == "artifact.uploaded"
    assert add(crm, made, name="Другое.pdf").json() == document
    shown = crm.get(path(made)).json()
    assert (shown["documents"], shown["artifact"], shown["row_version"]) == ([document], None, 2)


def test_a_document_is_taken_off(draft, crm):
    made = draft()
    document = add(crm, made).json()
    place = f"{path(made)}/documents/{document['id']}"
    assert crm.send("DELETE", place).status_code == 428
    assert crm.send("DELETE", place, headers={"If-Match": '"2"'}).status_code == 204
    assert crm.get(path(made)).json()["documents"] == []
    assert crm.send("DELETE", place, headers={"If-Match": '"3"'}).status_code == 404


def test_ten_documents_are_all(draft, crm):
    made = draft()
    for number in range(10):
        assert add(crm, made, bytes([number])).status_code == 201
    assert code(add(crm, made, b"11")) == (422, "VALIDATION_FAILED")
    assert add(crm, made, bytes([3])).status_code == 201


@pytest.mark.parametrize("name", ["", "..", "a/b", "a\\b", "a\nb", "Я" * 201])
def test_a_document_has_a_plain_name(draft, crm, name):
    assert code(add(crm, draft(), name=name)) == (422, "VALIDATION_FAILED")


def test_documents_are_frozen_with_the_release(draft, attach, crm):
    made = draft()
    document = add(crm, made).json()
    attach(made, cfe()).raise_for_status()
    release = crm.post(f"{path(made)}/publish").json()
    tag = {"If-Match": f'"{release["row_version"]}"'}
    gone = crm.send("DELETE", f"{path(made)}/documents/{document['id']}", headers=tag)
    for refused in (add(crm, made, b"new"), gone):
        assert code(refused) == (409, "RELEASE_IMMUTABLE")
        assert refused.json()["params"] == {"field": "documents"}


def test_a_draft_goes_with_its_files(draft, attach, crm, session):
    made = draft()
    add(crm, made).raise_for_status()
    version = attach(made, cfe()).json()["row_version"]
    gone = crm.send("DELETE", path(made), headers={"If-Match": f'"{version}"'})
    assert gone.status_code == 204
    assert session.scalar(select(func.count()).select_from(Artifact)) == 0
