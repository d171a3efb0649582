"""`podkluch trust` and `podkluch sign`: ceremonies of roots, with and without a second machine."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from app.audit.models import AuditEvent
from app.catalog.service import releases
from app.cli.__main__ import app
from app.kit.signing.ed25519 import from_pem, public_of
from app.kit.signing.words import from_words, to_words
from app.trust.models import TrustKey, TrustRepository
from wire.enrolment import parse

PHRASE = "верная лошадь, батарея"


@pytest.fixture
def trust(podkluch, vendor):
    """Runs a command to which lines are typed: by default the passphrase as often as needed."""
    del vendor

    def trust(*arguments: object, typed: str = f"{PHRASE}\n" * 4, code: int = 0) -> Result:
        told = {"LC_ALL": "ru_RU.UTF-8", "COLUMNS": "200"} | podkluch.environment
        result = CliRunner().invoke(app, [str(each) for each in arguments], input=typed, env=told)
        assert result.exit_code == code, result.output
        return result

    return trust


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "medium"


def document(result: Result) -> dict:
    """The JSON of an answer; the runner echoes questions before it."""
    return json.loads(result.stdout[result.stdout.index("{") :])


def local(trust, keys: Path) -> dict:
    return document(trust("trust", "init", "--local", "--keys", keys, "--json"))


def test_a_root_is_made_on_one_machine(trust, keys, stored):
    made = local(trust, keys)
    assert (made["root_version"], made["mode"]) == (1, "managed")
    assert {file.name for file in keys.glob("*.pem")} == {"root-1.pem", "root-2.pem"}
    assert (keys / made["repository"] / "1.root.json").is_file()
    shown = trust("trust", "status").stdout
    assert made["fingerprint"] in shown
    assert made["repository"] in shown
    with stored.connect() as connection:
        actions = list(connection.scalars(select(AuditEvent.action).order_by(AuditEvent.seq)))
    assert actions[-1] == "trust.root_changed"


def test_words_are_those_of_the_key_files(trust, keys):
    words = local(trust, keys)["words"]
    assert set(words) == {"root-1", "root-2"}
    for name, lines in words.items():
        assert from_pem((keys / f"{name}.pem").read_bytes(), PHRASE) == from_words(lines)
        assert (keys / f"{name}.pem").stat().st_mode & 0o777 == 0o600


def test_people_see_the_words_once(trust, keys):
    shown = trust("trust", "init", "--local", "--keys", keys).stdout
    seed = from_pem((keys / "root-2.pem").read_bytes(), PHRASE)
    assert all(f"  {number}  {line}" in shown for number, line in enumerate(to_words(seed), 1))


def test_a_lost_key_file_comes_back_from_words(trust, keys, tmp_path):
    words = local(trust, keys)["words"]["root-2"]
    typed = "".join(f"{line}\n" for line in words) + f"{PHRASE}\n" * 2
    trust("trust", "recover", "--keys", tmp_path / "again", "--name", "root-2", typed=typed)
    seed = from_pem((tmp_path / "again" / "root-2.pem").read_bytes(), PHRASE)
    assert seed == from_words(words)
    assert (
        "KEY_FILE_EXISTS" in trust("trust", "recover", "--keys", keys, typed=typed, code=1).stderr
    )
    trust("trust", "renew", "--local", "--keys", tmp_path / "again")


def test_a_root_is_made_without_the_server(trust, keys, tmp_path):
    asked, signed = tmp_path / "request.json", tmp_path / "bundle.json"
    trust("trust", "request", "--out", asked)
    told = trust("trust", "init", "--request", asked, "--keys", keys, "--out", signed, "--json")
    made = document(trust("trust", "install", signed, "--json"))
    assert document(told)["fingerprint"] == made["fingerprint"]
    refused = trust("trust", "install", signed, code=1).stderr
    assert refused.startswith(
        "TRUST_DOCUMENT_INVALID: Документ не принят: корень в нём не следующий"
    )


def test_people_are_told_who_signs_and_what_comes_next(trust, keys, tmp_path):
    asked = tmp_path / "request.json"
    assert "`podkluch trust init --request`" in trust("trust", "request", "--out", asked).stdout
    assert "по разным носителям" in trust("trust", "init", "--local", "--keys", keys).stdout
    trust("trust", "rotate", "--role", "online", "--out", asked)
    shown = trust("trust", "status").stdout
    assert "Кто подписывает      этот сервер\n" in shown
    told = document(trust("trust", "status", "--json"))
    pending = [key["kid"] for key in told["trust_keys"] if key["status"] == "pending"]
    assert [f"online {kid[:8]} (ждёт подписи корня)" in shown for kid in pending] == [True]
    told = trust("trust", "request", "--to-vendor", "--out", asked, "--json")
    assert document(told)["file"] == str(asked)


def test_keys_are_rotated_and_the_root_handed_over(trust, keys, tmp_path, stored):
    first = local(trust, keys)["fingerprint"]
    told = ("trust", "rotate", "--role", "online", "--role", "release", "--keys", keys, "--json")
    assert document(trust(*told))["root_version"] == 2
    heirs = tmp_path / "heirs"
    renewed = ("trust", "renew", "--local", "--keys", keys, "--heirs", heirs, "--json")
    assert document(trust(*renewed, typed=f"{PHRASE}\n" * 6))["root_version"] == 3
    refused = trust("trust", "renew", "--local", "--keys", keys, code=1).stderr
    assert "TRUST_DOCUMENT_INVALID" in refused
    last = document(trust("trust", "renew", "--local", "--keys", heirs, "--json"))
    assert last["root_version"] == 4
    roots = document(trust("trust", "status", "--json"))["roots"]
    assert [root["version"] for root in roots] == [1, 2, 3, 4]
    assert [root["fingerprint"] for root in roots][::3] == [first, last["fingerprint"]]
    shown = trust("trust", "status").stdout
    assert all(f"  {root['version']}  {root['fingerprint']}  " in shown for root in roots)
    with stored.connect() as connection:
        found = connection.execute(select(TrustKey.role, TrustKey.status)).all()
    assert sorted(found) == sorted(
        [(role, status) for role in ("online", "release") for status in ("active", "retired")]
    )


def test_rotation_may_wait_for_the_medium(trust, keys, tmp_path):
    local(trust, keys)
    asked, signed = tmp_path / "request.json", tmp_path / "bundle.json"
    trust("trust", "rotate", "--role", "online", "--out", asked)
    trust("trust", "renew", "--request", asked, "--keys", keys, "--out", signed)
    assert document(trust("trust", "install", signed, "--json"))["root_version"] == 2


def test_two_of_three_need_two(trust, keys):
    trust("trust", "init", "--local", "--keys", keys, "--two-of-three")
    (keys / "root-1.pem").unlink()
    trust("trust", "renew", "--local", "--keys", keys)
    (keys / "root-2.pem").unlink()
    assert (
        "не ключи этого корня" in trust("trust", "renew", "--local", "--keys", keys, code=1).stderr
    )


def test_two_of_three_stay_so_for_their_heirs(trust, keys, tmp_path):
    trust("trust", "init", "--local", "--keys", keys, "--two-of-three")
    heirs, typed = tmp_path / "heirs", f"{PHRASE}\n" * 6
    trust("trust", "renew", "--local", "--keys", keys, "--heirs", heirs, typed=typed)
    assert len(list(heirs.glob("*.pem"))) == 3
    (heirs / "root-3.pem").unlink()
    trust("trust", "renew", "--local", "--keys", heirs)
    (heirs / "root-2.pem").unlink()
    assert (
        "не ключи этого корня" in trust("trust", "renew", "--local", "--keys", heirs, code=1).stderr
    )


def test_one_of_two_may_become_two_of_three(trust, keys, tmp_path):
    local(trust, keys)
    heirs, typed = tmp_path / "heirs", f"{PHRASE}\n" * 6
    told = ("trust", "renew", "--local", "--keys", keys, "--heirs", heirs, "--two-of-three")
    trust(*told, typed=typed)
    assert len(list(heirs.glob("*.pem"))) == 3


def test_releases_go_to_the_vendors_own_key(trust, keys, tmp_path, stored):
    local(trust, keys)
    own, asked = tmp_path / "own", tmp_path / "request.json"
    given, signed = tmp_path / "given.json", tmp_path / "bundle.json"
    trust("trust", "request", "--to-vendor", "--out", asked)
    words = document(trust("sign", asked, "--keys", own, "--out", given, "--yes", "--json"))[
        "words"
    ]
    trust("trust", "renew", "--request", given, "--keys", keys, "--out", signed)
    assert document(trust("trust", "install", signed, "--json"))["mode"] == "vendor_held"
    with stored.connect() as connection:
        key = connection.execute(
            select(TrustKey.public, TrustKey.sealed_private).where(
                TrustKey.role == "release", TrustKey.status == "active"
            )
        ).one()
    assert key == (public_of(from_words(words["release"])), None)


def test_keys_never_lie_in_the_servers_data(trust, podkluch):
    inside = podkluch.data / "keys"
    refused = trust("trust", "init", "--local", "--keys", inside, code=1)
    assert "KEY_FOLDER_UNSAFE" in refused.stderr
    assert not inside.exists()


def test_a_wrong_or_short_passphrase_is_refused_and_not_repeated(trust, keys):
    short = trust("trust", "init", "--local", "--keys", keys, typed="short\nshort\n", code=1)
    assert "PASSPHRASE_SHORT" in short.stderr
    local(trust, keys)
    wrong = trust("trust", "renew", "--local", "--keys", keys, typed="not this one\n", code=1)
    assert "PASSPHRASE_WRONG" in wrong.stderr
    assert "not this one" not in wrong.output


@pytest.mark.parametrize(
    "options", [(), ("--local", "--out", "bundle.json"), ("--out", "bundle.json")]
)
def test_a_ceremony_is_here_or_there(trust, keys, options):
    trust("trust", "init", "--keys", keys, *options, code=2)
    assert not keys.exists()


def test_a_mirror_is_written_and_written_on(trust, keys, tmp_path):
    made, mirror = local(trust, keys), tmp_path / "mirror"
    told = document(trust("trust", "export", mirror, "--json"))
    place = mirror / made["repository"] / "metadata"
    names = {file.name for file in place.iterdir()}
    assert len(names) == told["files"] == 6
    assert {"1.root.json", "timestamp.json"} <= names
    (place / "1.root.json").write_text("cut")
    assert document(trust("trust", "export", mirror, "--json"))["files"] == 1
    trust("trust", "renew", "--local", "--keys", keys)
    assert document(trust("trust", "export", mirror, "--json"))["files"] == 6


def test_a_restored_server_signs_anew(trust, keys):
    before = local(trust, keys)
    after = document(trust("trust", "republish", "--json"))
    assert after["timestamp_version"] > before["timestamp_version"]
    assert after["fingerprint"] == before["fingerprint"]


def test_without_a_root_there_is_nothing_to_show(trust, stored):
    assert "TRUST_NOT_READY" in trust("trust", "status", code=1).stderr
    trust("trust", "request")
    assert "TRUST_NOT_READY" in trust("trust", "status", code=1).stderr
    with stored.connect() as connection:
        assert connection.scalar(select(TrustRepository.root_version)) == 0


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "another"}', "\x00"])
def test_no_other_file_is_signed(trust, tmp_path, text):
    paper = tmp_path / "paper.json"
    paper.write_text(text)
    trust("sign", paper, "--keys", tmp_path / "own", "--out", tmp_path / "out", code=1)
    assert not (tmp_path / "own").exists()


def test_the_connection_file_is_written_for_clients(trust, keys, tmp_path):
    made = local(trust, keys)
    file = tmp_path / "Вектор.podkluch"
    trust("trust", "connection", "--out", file, "--server", "https://lic.example.ru/")
    told = parse(file.read_bytes())
    assert (told.server, told.vendor.name) == ("https://lic.example.ru", "Вектор")
    assert (told.repository, told.root_fingerprint) == (made["repository"], made["fingerprint"])
    trust("trust", "connection", "--out", file)
    assert parse(file.read_bytes()).server == "http://127.0.0.1:8000"


def test_what_was_published_before_the_root_is_signed_with_it(trust, keys, early):
    assert "unsigned" not in local(trust, keys)
    shown = trust("release", "withdraw", early, "--reason-ru", "Портит данные", "--json").stdout
    assert json.loads(shown)["status"] == "withdrawn"
    trust("trust", "republish")
    assert "ошибок" not in trust("check").stdout


@pytest.fixture
def early(podkluch, product, cfe, rules, monkeypatch):
    """A release that was published when servers did not sign; its id."""
    told = ("--product", product["code"], "--code", "helper", "--title-ru", "Помощник")
    podkluch("extension", "create", *told, "--onec-name", "СкладскойПомощник")
    with monkeypatch.context() as before:
        before.setattr(releases, "_require_ready", lambda *_: None)
        told = ("--extension", "helper", "--rules", rules, "--notes-ru", "Новое")
        return podkluch.json("release", "publish", cfe, *told)["id"]
