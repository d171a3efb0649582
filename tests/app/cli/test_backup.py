"""`podkluch backup` and `restore`: everything comes back, and what does not fit is refused."""

import base64
import hashlib
import os
import shutil
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from app.catalog.service.files import hold_files
from app.kit.postgres import EmbeddedDatabaseError
from app.kit.signing.keyring import Keyring, create_master
from app.upkeep.backup import making, programs
from app.upkeep.backup import manifest as manifests
from app.upkeep.backup.problems import ProgramFailed
from app.upkeep.backup.programs import Programs
from onec.cfe_writer import make_cfe
from tests.factories.copies import emptied, rewrite, spoil

pytestmark = pytest.mark.alike  # each makes a backup


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    return tmp_path / "copies"


@pytest.fixture
def backup(podkluch, publish, copies):
    """A server with a release, and the folder of its one backup."""
    publish()
    return Path(podkluch.json("backup", copies)["folder"])


@pytest.fixture
def elsewhere(podkluch, clone_database, tmp_path):
    """The command line moves to another host: an empty database, no files, the same MASTER."""
    there = tmp_path / "there"

    def move() -> None:
        url = emptied(clone_database())
        podkluch.environment |= {"PODKLUCH_DATA": str(there), "PODKLUCH_DATABASE_URL": url}

    return move


def rows(podkluch, statement: str):
    engine = create_engine(podkluch.environment["PODKLUCH_DATABASE_URL"])
    with engine.connect() as connection:
        found = connection.execute(text(statement)).all()
    engine.dispose()
    return found


def test_everything_comes_back_on_another_host(podkluch, backup, copies, elsewhere):
    told = manifests.read(backup)
    before = rows(podkluch, "SELECT vendor_id, seq, hash FROM audit_heads")
    [(catalogue,)] = rows(podkluch, "SELECT catalogue_version FROM vendors")
    [(timestamp,)] = rows(podkluch, "SELECT timestamp_version FROM trust_repositories")
    elsewhere()
    done = podkluch.json("restore", copies)
    [mark], [vendor] = told.vendors, done["vendors"]
    assert (
        (vendor["slug"], vendor["seq"]) == (mark.slug, mark.audit_seq) == ("vektor", before[0][1])
    )
    assert done["check"]["ok"]
    assert done["files"] == len(told.files) == 1
    assert before[0] in rows(podkluch, "SELECT vendor_id, seq, hash FROM audit_events")
    assert rows(podkluch, "SELECT catalogue_version FROM vendors") == [(catalogue + 1_000_000,)]
    [(later,)] = rows(podkluch, "SELECT timestamp_version FROM trust_repositories")
    assert later > timestamp + 10_000
    assert rows(podkluch, "SELECT action FROM audit_events ORDER BY seq DESC LIMIT 1") == [
        ("vendor.restored",)
    ]
    assert podkluch.json("release", "list")["releases"][0]["version"] == "2.4.0"


def test_people_read_how_far_it_goes(podkluch, backup, copies, elsewhere):
    seq = manifests.read(backup).vendors[0].audit_seq
    elsewhere()
    said = podkluch("restore", copies).stdout
    assert f"vektor: событие {seq}, " in said
    assert "Ошибок: 0." in said


def test_the_next_backup_shares_what_is_there(podkluch, backup, copies):
    [file] = (copies / "files" / "sha256").glob("*/*")
    before = file.stat()
    second = Path(podkluch.json("backup", copies)["folder"])
    assert file.stat().st_ino == before.st_ino
    assert sorted(each.name for each in copies.iterdir()) == [backup.name, second.name, "files"]


def test_older_ones_go_with_the_files_that_only_they_had(podkluch, backup, copies, stored):
    with stored.begin() as connection:
        connection.execute(text("UPDATE releases SET status = 'draft'"))
        connection.execute(text("DELETE FROM artifacts"))
    made = podkluch.json("backup", copies, "--keep", "1")
    assert made["thinned"] == 1
    assert not backup.exists()
    assert list((copies / "files" / "sha256").glob("*/*")) == []


def test_no_file_goes_while_a_damaged_backup_may_name_it(podkluch, backup, copies, stored):
    with stored.begin() as connection:
        connection.execute(text("UPDATE releases SET status = 'draft'"))
        connection.execute(text("DELETE FROM artifacts"))
    (backup / manifests.NAME).write_bytes(b"{")
    oldest = copies / "20200101T000000.000000Z"
    oldest.mkdir()
    assert podkluch.json("backup", copies, "--keep", "2")["thinned"] == 1
    assert not oldest.exists()
    assert len(list((copies / "files" / "sha256").glob("*/*"))) == 1


def test_a_link_in_the_folder_is_neither_a_backup_nor_in_the_way(podkluch, backup, copies):
    (copies / "20200101T000000.000000Z").symlink_to(backup.name)
    (copies / ".making-x").symlink_to(backup.name)
    made = podkluch.json("backup", copies, "--keep", "2")
    assert made["thinned"] == 0
    assert manifests.read(backup).files
    assert not (copies / ".making-x").is_symlink()


def test_a_file_that_goes_while_it_is_about_to_be_held_is_not_missed(
    podkluch, publish, copies, stored, monkeypatch
):
    publish()
    [file] = (podkluch.data / "artifacts" / "sha256").glob("*/*")

    def hold_late(session) -> None:
        with stored.begin() as connection:
            connection.execute(text("UPDATE releases SET status = 'draft'"))
            connection.execute(text("DELETE FROM artifacts"))
        file.unlink()
        hold_files(session)

    monkeypatch.setattr(making, "hold_files", hold_late)
    assert podkluch.json("backup", copies)["lacking"] == []


def test_no_secret_is_in_a_backup(podkluch, backup, copies):
    [master] = Keyring.read(podkluch.master).masters.values()
    wanted = [master, master.hex().encode(), base64.b64encode(master).rstrip(b"=")]
    wanted.append(base64.urlsafe_b64encode(master).rstrip(b"="))
    found = [path for path in copies.rglob("*") if path.is_file()]
    assert len(found) >= 9
    for path in found:
        content = path.read_bytes()
        assert not any(secret in content for secret in wanted), path
        assert b"PRIVATE KEY" not in content
    names = {path.name for path in found}
    assert not {"master", "podkluch.toml"} & names
    assert not [name for name in names if name.endswith(".pem")]
    assert copies.stat().st_mode & 0o077 == 0
    assert backup.is_dir()


@pytest.mark.parametrize("secret", ["master", "medium/root-1.pem"])
def test_a_folder_with_secrets_is_refused(podkluch, copies, secret):
    file = copies / secret
    file.parent.mkdir(parents=True)
    file.write_text("secret")
    if secret == "master":
        file.unlink()
        shutil.copy(podkluch.master, file)
        podkluch.environment["PODKLUCH_MASTER_KEY_FILE"] = str(file)
    refused = podkluch.json("backup", copies, code=1)
    assert refused["code"] == "BACKUP_FOLDER_UNSAFE"
    assert refused["params"]["found"] == str(file)
    assert [path.name for path in copies.iterdir()] == [Path(secret).parts[0]]


def test_a_copy_of_master_is_found_under_any_name(podkluch, copies):
    copies.mkdir()
    file = copies / "words of yesterday"
    shutil.copy(podkluch.master, file)
    refused = podkluch.json("backup", copies, code=1)
    assert refused["code"] == "BACKUP_FOLDER_UNSAFE"
    assert refused["params"]["found"] == str(file)
    file.write_text("podkluch")
    podkluch.json("backup", copies)


def test_a_password_of_the_callers_environment_is_not_tried(tmp_path, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", "of somebody else")
    monkeypatch.setenv("PGCONNECT_TIMEOUT", "60")
    program = tmp_path / "pg_dump"
    program.write_text("#!/bin/sh\nenv | grep ^PG >&2\nexit 1\n")
    program.chmod(0o755)
    with pytest.raises(ProgramFailed) as refused:
        Programs(tmp_path, 18).run("pg_dump", "postgresql:///podkluch")
    assert refused.value.params["said"] == "PGCONNECT_TIMEOUT=60"


def test_a_file_that_the_server_lost_is_named(podkluch, publish, copies):
    publish()
    [file] = (podkluch.data / "artifacts" / "sha256").glob("*/*")
    spoil(file)
    made = podkluch.json("backup", copies)
    assert made["lacking"] == [file.name]
    assert manifests.read(Path(made["folder"])).files == []


def test_older_programs_are_refused_plainly(podkluch, copies, monkeypatch):
    monkeypatch.setattr(programs, "_installed", lambda: iter([Programs(Path("/nowhere"), 14)]))
    refused = podkluch("backup", copies, code=1).stderr
    assert "PROGRAMS_MISSING" in refused
    assert "найдены: 14" in refused
    assert list(copies.glob("*Z")) == []


def spoil_dump(backup):
    spoil(backup / "database.dump")


def spoil_manifest(backup):
    spoil(backup / "manifest.json")


def spoil_trust(backup):
    spoil(next((backup / "trust").rglob("1.root.json")))


def spoil_file(backup):
    spoil(next((backup.parent / "files").rglob("sha256/*/*")))


def lose_file(backup):
    next((backup.parent / "files").rglob("sha256/*/*")).unlink()


def lose_manifest(backup):
    (backup / "manifest.json").unlink()


def of_tomorrow(backup):
    rewrite(backup, revision="2099_01_01_tomorrow")


def of_another_layout(backup):
    rewrite(backup, format="podkluch-backup-9")


def of_other_master(backup):
    rewrite(backup, masters=["00000000"])


def pipe_for_manifest(backup):
    (backup / "manifest.json").unlink()
    os.mkfifo(backup / "manifest.json")


def pipe_for_seal(backup):
    (backup / "manifest.json.sha256").unlink()
    os.mkfifo(backup / "manifest.json.sha256")


def sealed(content: bytes):
    """A manifest of these bytes, which nothing damaged on its way."""

    def act(backup) -> None:
        (backup / "manifest.json").write_bytes(content)
        seal = f"{hashlib.sha256(content).hexdigest()}  manifest.json\n"
        (backup / "manifest.json.sha256").write_text(seal, encoding="ascii")

    return act


def of_no_kid(backup):
    rewrite(backup, masters=["zz"])


def of_no_revision(backup):
    rewrite(backup, revision="")


def of_a_path_for_a_hash(backup):
    rewrite(backup, files=[{"sha256": "../../../../etc/passwd", "size": 5}])


WRONG = {
    "a pipe for a manifest": (pipe_for_manifest, "BACKUP_DAMAGED", "Копия повреждена"),
    "a pipe for a seal": (pipe_for_seal, "BACKUP_DAMAGED", "Копия повреждена"),
    "a manifest of words": (sealed(b"hello"), "BACKUP_DAMAGED", "Копия повреждена"),
    "a manifest of a list": (sealed(b"[]"), "BACKUP_DAMAGED", "Копия повреждена"),
    "a manifest of no text": (sealed(b"\xff\xfe"), "BACKUP_DAMAGED", "Копия повреждена"),
    "an abyss": (sealed(b"[" * 200_000), "BACKUP_DAMAGED", "Копия повреждена"),
    "a MASTER of no name": (of_no_kid, "BACKUP_TOO_NEW", "новее этой программы"),
    "no schema": (of_no_revision, "BACKUP_TOO_NEW", "новее этой программы"),
    "a path for a hash": (of_a_path_for_a_hash, "BACKUP_TOO_NEW", "новее этой программы"),
    "a damaged dump": (spoil_dump, "BACKUP_DAMAGED", "Копия повреждена"),
    "a damaged manifest": (spoil_manifest, "BACKUP_DAMAGED", "Копия повреждена"),
    "damaged metadata": (spoil_trust, "BACKUP_DAMAGED", "Копия повреждена"),
    "a damaged file": (spoil_file, "BACKUP_DAMAGED", "Копия повреждена"),
    "a lost file": (lose_file, "BACKUP_DAMAGED", "Копия повреждена"),
    "no manifest": (lose_manifest, "BACKUP_DAMAGED", "Копия повреждена"),
    "a newer schema": (of_tomorrow, "BACKUP_TOO_NEW", "новее этой программы"),
    "a newer layout": (of_another_layout, "BACKUP_TOO_NEW", "новее этой программы"),
    "another MASTER": (of_other_master, "BACKUP_OF_OTHER_MASTER", "MASTER не тот"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_fit_is_refused_before_anything_is_written(podkluch, backup, elsewhere, name):
    act, code, words = WRONG[name]
    act(backup)
    elsewhere()
    russian = podkluch("restore", backup, code=1).stderr
    english = podkluch("restore", backup, "--lang", "en", code=1).stderr
    assert russian.startswith(f"{code}: ")
    assert words in russian
    assert english.startswith(f"{code}: ")
    assert words not in english
    assert rows(podkluch, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]


def test_a_folder_of_something_else_is_no_backup(podkluch, elsewhere, tmp_path):
    elsewhere()
    assert podkluch.json("restore", tmp_path, code=1)["code"] == "BACKUP_NOT_FOUND"


def test_nothing_is_ever_overwritten(podkluch, backup):
    before = rows(podkluch, "SELECT seq, hash FROM audit_heads")
    assert podkluch.json("restore", backup, code=1)["code"] == "DATABASE_NOT_EMPTY"
    assert rows(podkluch, "SELECT seq, hash FROM audit_heads") == before


def test_an_empty_database_was_not_recovered_by_anybody(podkluch, backup, elsewhere):
    elsewhere()
    refused = podkluch.json("restore", backup, "--keep-database", code=1)
    assert refused["code"] == "DATABASE_IS_EMPTY"


def test_a_damaged_file_can_be_done_without(podkluch, publish, cfe, copies, elsewhere):
    publish()
    cfe.write_bytes(make_cfe("СкладскойПомощник", "Помощник", "2.5.0", "Вектор", "СП_"))
    publish()
    backup = Path(podkluch.json("backup", copies)["folder"])
    spoil_file(backup)
    elsewhere()
    done = podkluch.json("restore", backup, "--skip-damaged")
    assert (done["files"], len(done["damaged"])) == (1, 1)
    assert done["check"]["ok"]
    assert [each["code"] for each in done["check"]["repaired"]] == ["ARTIFACT_MISSING"]


def test_with_the_words_lost_the_rest_comes_back(podkluch, backup, elsewhere, tmp_path):
    elsewhere()
    other = tmp_path / "other"
    create_master(other)
    podkluch.environment["PODKLUCH_MASTER_KEY_FILE"] = str(other)
    assert podkluch.json("restore", backup, code=1)["code"] == "BACKUP_OF_OTHER_MASTER"
    [vendor] = podkluch.json("restore", backup, "--other-master")["vendors"]
    assert vendor["unsigned"]


def test_files_come_back_behind_a_recovered_database(podkluch, backup):
    shutil.rmtree(podkluch.data / "artifacts")
    done = podkluch.json("restore", backup, "--keep-database")
    assert done["files"] == 1
    assert done["check"]["ok"]
    assert list((podkluch.data / "artifacts" / "sha256").glob("*/*")) != []


@pytest.mark.long
def test_the_last_real_backup_is_proved_apart_from_production(podkluch, backup, copies):
    before = rows(podkluch, "SELECT seq, hash FROM audit_heads")
    told = podkluch.json("drill", "--from", copies)
    assert told["backup"] == str(backup)
    assert told["vendors"][0]["seq"] == manifests.read(backup).vendors[0].audit_seq
    assert told["examined"] > told["files"] == 1
    assert rows(podkluch, "SELECT seq, hash FROM audit_heads") == before
    spoil_dump(backup)
    assert podkluch.json("drill", "--from", copies, code=1)["code"] == "BACKUP_DAMAGED"


@pytest.mark.usefixtures("backup")
def test_a_drill_without_master_is_refused_in_a_line(podkluch, copies):
    podkluch.master.unlink()
    refused = podkluch("drill", "--from", copies, code=3).stderr
    assert refused.startswith("MASTER_KEY_MISSING: ")
    assert "Traceback" not in refused


@pytest.mark.usefixtures("backup")
def test_a_drill_whose_database_does_not_start_says_so(podkluch, copies, monkeypatch):
    def start(_: Path) -> None:
        raise EmbeddedDatabaseError("initdb: could not look up the user")

    monkeypatch.setattr("app.drill.server.embedded.start", start)
    refused = podkluch("drill", "--from", copies, code=3).stderr
    assert refused == "DATABASE_UNAVAILABLE: initdb: could not look up the user\n"
