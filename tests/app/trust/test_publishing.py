"""Signing releases: what is kept, how large it is, what is refused, and how it is served."""

import base64
import hashlib
import json
import os
import uuid
from dataclasses import replace

import pytest
from sqlalchemy import select
from tuf.api.metadata import Metadata

from app.audit.actor import SYSTEM
from app.kit.problems import NotFound, ValidationFailed
from app.trust import queries
from app.trust.models import MetadataRole, TrustMetadata
from app.trust.problems import TrustNotReady
from app.trust.service.export import export
from app.trust.service.publishing import TargetChangedError, resign, sign_targets
from app.trust.service.requests import first_request
from tests.factories.trust import path_of, target
from wire.codec import to_dict
from wire.trust import Trust, root_fingerprint, target_path


def sign(trusted, **releases) -> None:
    sign_targets(trusted.session, trusted.vendor.id, releases)


def kept(trusted, role: MetadataRole) -> list[int]:
    found = select(TrustMetadata.version).where(TrustMetadata.role == role)
    return list(trusted.session.scalars(found.order_by(TrustMetadata.version)))


def test_versions_are_minutes_and_always_grow(trusted, clock):
    trusted.publish("2.4.0")
    first = trusted.row.timestamp_version
    assert first >= int(clock().timestamp()) // 60
    trusted.publish("2.5.0")
    trusted.publish("2.6.0")
    assert trusted.row.timestamp_version == first + 2
    clock.pass_(hours=5)
    trusted.publish("2.7.0")
    assert trusted.row.timestamp_version == int(clock().timestamp()) // 60
    clock.pass_(hours=-10)
    before = trusted.row.timestamp_version
    trusted.publish("2.8.0")
    assert trusted.row.timestamp_version == before + 1


def test_each_publication_is_a_file_of_three_roles(trusted):
    before = {role: len(kept(trusted, role)) for role in MetadataRole}
    trusted.publish("2.4.0")
    after = {role: len(kept(trusted, role)) for role in MetadataRole}
    grown = {role for role in MetadataRole if after[role] > before[role]}
    assert grown == {MetadataRole.RELEASES, MetadataRole.SNAPSHOT, MetadataRole.TIMESTAMP}


def test_old_files_go_after_a_week_and_ten_versions_and_roots_never(trusted, clock):
    for _ in range(4):
        trusted.take(trusted.next())
    for minor in range(12):
        trusted.publish(f"2.{minor}")
    assert len(kept(trusted, MetadataRole.RELEASES)) == 17
    clock.pass_(days=8)
    trusted.publish("3.0")
    assert len(kept(trusted, MetadataRole.RELEASES)) == 10
    for _ in range(15):
        clock.pass_(days=1)
        resign(trusted.session, trusted.vendor.id)
    assert len(kept(trusted, MetadataRole.TIMESTAMP)) == 10
    assert len(kept(trusted, MetadataRole.RELEASES)) == 10
    assert kept(trusted, MetadataRole.ROOT) == [1, 2, 3, 4, 5]


def test_other_bytes_under_a_signed_path_are_a_defect(trusted):
    trusted.publish("2.4.0")
    for other in (target("2.4.0", "cd" * 32), replace(target("2.4.0"), length=99)):
        with pytest.raises(TargetChangedError):
            sign(trusted, **{path_of("2.4.0"): other})


def test_a_release_that_says_too_much_is_refused_by_its_rules(trusted):
    wide = target("2.4.0", rules=[{"configuration_name": "Ж" * 50}] * 30)
    with pytest.raises(ValidationFailed) as refused:
        sign(trusted, **{path_of("2.4.0"): wide})
    assert [error["pointer"] for error in refused.value.errors] == ["/rules"]


@pytest.mark.parametrize("path", ["trust/a", "ext/a/1/../a.cfe", "ext/A/1/a.cfe", "../x"])
def test_no_other_path_is_signed(trusted, path):
    with pytest.raises(ValueError, match="path"):
        sign(trusted, **{path: target("2.4.0")})


def test_before_the_first_root_nothing_is_signed(world, session):
    with pytest.raises(TrustNotReady):
        sign_targets(session, world.vendor.id, {path_of("1.0"): target("1.0")})
    with pytest.raises(TrustNotReady):
        resign(session, world.vendor.id)
    with pytest.raises(TrustNotReady):
        queries.connection_file(session, world.vendor.id)
    assert queries.answer(session, world.vendor.id) is None


def test_answers_name_the_repository_and_the_timestamp(trusted, session):
    trusted.publish("2.4.0")
    row = trusted.row
    assert queries.answer(session, trusted.vendor.id) == Trust(row.repo_id, row.timestamp_version)
    assert len(base64.urlsafe_b64decode(row.repo_id + "==")) == 16
    assert [each.id for each in queries.repositories(session)] == [row.id]
    with pytest.raises(TrustNotReady):
        queries.ready_repository(session, uuid.uuid4())


def test_the_connection_file_brings_the_root(trusted, session, settings):
    told = to_dict(queries.connection_file(session, trusted.vendor.id))
    root = told.pop("root")
    assert told == {
        "format": "podkluch-connection",
        "v": 1,
        "server": str(settings.public_url).rstrip("/"),
        "vendor": {"id": str(trusted.vendor.id), "name": trusted.vendor.name},
        "repository": trusted.row.repo_id,
        "root_fingerprint": root_fingerprint(root),
        "key": None,
    }
    assert Metadata.from_dict(root).signed.version == 1


def test_forty_releases_are_small_at_first_contact(trusted, agent, fetcher, figures):
    trusted.publish(*(f"2.{minor}.0" for minor in range(40)))
    someone = agent()
    someone.sees("2.7.0")
    asked = [length for _, status, length in fetcher.asked if status == 200]
    assert len(fetcher.asked) == 5
    figures("first_contact", sum(asked))
    assert sum(asked) < 25_000
    fetcher.asked.clear()
    someone.refreshed()
    assert len(fetcher.asked) == 2
    figures("unchanged_check", sum(length for _, _, length in fetcher.asked))
    assert fetcher.asked[-1][2] < 500


def test_two_thousand_releases_stay_below_the_clients_stop(trusted, session):
    many = {target_path("warehouse-helper", f"2.{n}"): target(f"2.{n}") for n in range(2_000)}
    sign_targets(session, trusted.vendor.id, many)
    content = queries.current(session, trusted.row.id, MetadataRole.RELEASES)
    assert len(content) < 1_200_000


# The route


def test_numbered_files_are_for_ever_and_the_timestamp_is_not(trusted, client):
    base = f"/tuf/{trusted.row.repo_id}/metadata"
    timestamp = client.get(f"{base}/timestamp.json")
    assert timestamp.headers["cache-control"] == "no-cache"
    number = timestamp.json()["signed"]["meta"]["snapshot.json"]["version"]
    for name in ("1.root.json", f"{number}.snapshot.json"):
        answer = client.get(f"{base}/{name}")
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, immutable, max-age=31536000"
        assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "name",
    [
        "root.json", "2.root.json", "0.root.json", "01.root.json", "1.timestamp.json",
        "1.root.json.bak", "1.root.json%0A", "1.root.JSON", "-1.root.json", "1.other.json",
        "99999999999.root.json", "9999999999.root.json", "%00", "..%2f1.root.json", "timestamp",
        "٣.root.json", "1.root.json/", "",
    ],
)  # fmt: skip
def test_there_is_nothing_else(trusted, client, name):
    answer = client.get(f"/tuf/{trusted.row.repo_id}/metadata/{name}")
    assert answer.status_code == 404
    assert "immutable" not in answer.headers["cache-control"]
    assert answer.json()["code"] == "NOT_FOUND"


@pytest.mark.long
def test_a_repository_is_not_guessed(trusted, client):
    guesses = [base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip("=") for _ in range(1_000)]
    guesses += [trusted.vendor.slug, str(trusted.vendor.id), "%00", "a" * 22, "*", "%25"]
    for guess in guesses:
        answer = client.get(f"/tuf/{guess}/metadata/1.root.json")
        assert answer.status_code == 404
        assert trusted.vendor.slug not in answer.text
        assert trusted.row.repo_id not in answer.text


def test_a_repository_without_a_root_serves_nothing(world, session, client):
    request = first_request(session, world.vendor.id, actor=SYSTEM)
    session.commit()
    for name in ("timestamp.json", "1.root.json"):
        assert client.get(f"/tuf/{request.repository}/metadata/{name}").status_code == 404


def test_files_carry_their_length_and_digest(trusted, session):
    trusted.publish("2.4.0")
    for file in queries.files(session, trusted.row.id):
        if file.role != "timestamp":
            content = queries.served(session, trusted.row.repo_id, file.name)
            told = (len(content), hashlib.sha256(content).hexdigest())
            assert told == (file.length, file.sha256)
    with pytest.raises(NotFound):
        queries.served(session, trusted.row.repo_id, "7.root.json")


# The mirror


def test_a_mirror_that_was_cut_is_whole_after_the_next_time(
    trusted, session, tmp_path, monkeypatch
):
    """Whatever call fails, what the timestamp of the mirror names is there."""
    trusted.publish("2.4.0")
    export(session, trusted.vendor.id, tmp_path)
    place = tmp_path / trusted.row.repo_id / "metadata"
    trusted.publish("2.5.0")
    real, calls = os.fsync, 0

    for stop in range(1, 100):
        calls = 0

        def failing(descriptor: int, stop=stop) -> None:
            nonlocal calls
            calls += 1
            if calls == stop:
                raise OSError(5, "power cut")
            real(descriptor)

        monkeypatch.setattr(os, "fsync", failing)
        try:
            export(session, trusted.vendor.id, tmp_path)
        except OSError:
            pass
        else:
            break
        finally:
            monkeypatch.setattr(os, "fsync", real)
        number = json.loads((place / "timestamp.json").read_bytes())
        number = number["signed"]["meta"]["snapshot.json"]["version"]
        snapshot = json.loads((place / f"{number}.snapshot.json").read_bytes())
        for name, told in snapshot["signed"]["meta"].items():
            assert (place / f"{told['version']}.{name}").is_file()
    assert stop > 3
    served = queries.served(session, trusted.row.repo_id, "timestamp.json")
    assert (place / "timestamp.json").read_bytes() == served
