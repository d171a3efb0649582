"""How the root of a vendor comes to be trusted: from a file, or by a compared fingerprint."""

import json

import pytest

from tests.simulators.bench import ACCEPT, EXTENSION
from tests.simulators.exchange import KEY, raw
from tests.simulators.vendor_repository import VendorRepository
from wire.trust import root_fingerprint


def fingerprint(server, number=1):
    return root_fingerprint(json.loads(server.repository.files[f"{number}.root.json"]))


@pytest.fixture
def fresh(bench):
    """An agent that trusts nobody yet."""
    for path in (bench.home / "pins").iterdir():
        path.unlink()
    return bench


@pytest.fixture
def file(server, tmp_path):
    path = tmp_path / "Ромашка.podkluch"
    path.write_bytes(server.repository.connection(server.url))
    return path


def pinned(bench):
    return [json.loads(path.read_bytes()) for path in (bench.home / "pins").glob("*.podkluch")]


# A connection file


def test_a_connection_file_is_all_that_an_installation_needs(fresh, server, tmp_path):
    path = tmp_path / "x.podkluch"
    path.write_bytes(server.repository.connection(server.url, KEY))
    ran = fresh.run(
        "install", EXTENSION, *ACCEPT, "--json", "--connection", path, "--simulated", fresh.base
    )
    assert ran.exit == 0
    (pin,) = pinned(fresh)
    assert (pin["server"], pin["vendor"]["name"]) == (server.url, "ООО «Ромашка»")
    assert pin["key"] is None
    again = fresh.run("install", EXTENSION, "--json", "--simulated", fresh.base)
    assert again.result["code"] == "NOOP"  # server, key and root are remembered


def test_pinning_shows_vendor_server_and_fingerprint(fresh, server, file):
    ran = fresh.run("trust", "pin", file)
    assert ran.exit == 0
    for words in ("ООО «Ромашка»", server.url, fingerprint(server)):
        assert words in ran.out


def test_the_same_file_may_come_again(fresh, file):
    for _ in range(2):
        assert fresh.run("trust", "pin", file).exit == 0
    assert len(pinned(fresh)) == 1


def test_a_file_with_another_root_is_refused(fresh, server, file, tmp_path):
    fresh.run("trust", "pin", file)
    thief = VendorRepository(0)
    assert thief.id == server.repository.id
    other = tmp_path / "other.podkluch"
    other.write_bytes(thief.connection(server.url))
    before = pinned(fresh)
    ran = fresh.run("trust", "pin", other, "--json")
    assert (ran.exit, ran.result["code"]) == (20, "SIGNATURE_BAD")
    assert ran.result["data"]["reason"] == "ROOT_CHANGED"
    assert pinned(fresh) == before


def test_a_later_root_that_nobody_signed_over_is_refused(fresh, server, file, tmp_path):
    fresh.run("trust", "pin", file)
    thief = VendorRepository(0)
    thief.replace("root")
    thief.files["1.root.json"] = thief.files["2.root.json"]
    other = tmp_path / "other.podkluch"
    other.write_bytes(thief.connection(server.url))
    ran = fresh.run("trust", "pin", other, "--json")
    assert ran.result["data"]["reason"] == "ROOT_CHANGED"


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_a_file_with_a_root_of_the_same_chain_changes_nothing(fresh, server, tmp_path, order):
    server.repository.replace("root", "online")
    files = {}
    for number in (1, 2):
        root = server.repository.files[f"{number}.root.json"]
        honest, server.repository.files["1.root.json"] = (
            server.repository.files["1.root.json"], root
        )  # fmt: skip
        files[number] = tmp_path / f"{number}.podkluch"
        files[number].write_bytes(server.repository.connection(server.url))
        server.repository.files["1.root.json"] = honest
    for number in order:
        assert fresh.run("trust", "pin", files[number]).exit == 0
    (pin,) = pinned(fresh)
    assert pin["root"]["signed"]["version"] == order[0]
    assert fresh.install().exit == 0


def test_a_damaged_pin_gives_way_to_a_file_and_to_nothing_else(bench, file):
    (path,) = (bench.home / "pins").iterdir()
    path.write_bytes(path.read_bytes()[:-200])
    ran = bench.install()
    assert (ran.exit, ran.result["code"]) == (34, "HOME_UNUSABLE")
    assert "trust pin" in ran.result["text"]
    assert bench.run("trust", "pin", file).exit == 0
    assert bench.install().exit == 0


@pytest.mark.parametrize(
    "change",
    [
        {"server": "http://lic.example.ru"},
        {"server": "ftp://lic.example.ru"},
        {"root_fingerprint": "-".join(["0000"] * 8)},
        {"repository": "../../../etc/passwd"},
        {"key": "не ключ"},
    ],
)
def test_a_file_that_is_wrong_is_refused(fresh, file, change):
    file.write_text(json.dumps({**json.loads(file.read_bytes()), **change}))
    ran = fresh.run("check", "--json", "--connection", file)
    assert ran.exit in {2, 11}
    assert "key" in change or not pinned(fresh)


def test_a_root_that_does_not_sign_itself_is_refused(fresh, file):
    content = json.loads(file.read_bytes())
    content["root"]["signatures"] = []
    file.write_text(json.dumps(content))
    ran = fresh.run("trust", "pin", file, "--json")
    assert (ran.exit, ran.result["data"]["reason"]) == (20, "METADATA_INVALID")
    assert not pinned(fresh)


def test_a_missing_file_is_a_wrong_command(fresh, tmp_path):
    assert fresh.run("trust", "pin", tmp_path / "no.podkluch").exit == 2


# Only an address


def test_without_a_console_an_unknown_root_needs_a_decision(fresh, server):
    ran = fresh.install("--yes")
    assert (ran.exit, ran.result["code"]) == (14, "CONSENT_REQUIRED")
    assert fingerprint(server) in ran.result["text"]
    assert "--root-fingerprint" in ran.result["text"]
    assert (fresh.extensions(), pinned(fresh)) == ([], [])


def test_the_compared_fingerprint_may_be_given(fresh, server):
    typed = fingerprint(server).lower().replace("-", " ")
    assert fresh.install("--root-fingerprint", typed).exit == 0
    assert fresh.install().result["code"] == "NOOP"


@pytest.mark.parametrize(("wanted", "exit_code"), [("-".join(["0000"] * 8), 20), ("мимо", 2)])
def test_another_fingerprint_is_refused(fresh, wanted, exit_code):
    ran = fresh.install("--root-fingerprint", wanted)
    assert ran.exit == exit_code
    assert (fresh.extensions(), pinned(fresh)) == ([], [])


@pytest.mark.parametrize("number", [1, 2])
def test_any_root_of_the_chain_may_be_the_compared_one(fresh, server, number):
    server.repository.replace("root")
    assert fresh.install("--root-fingerprint", fingerprint(server, number)).exit == 0
    (pin,) = pinned(fresh)
    assert pin["root"]["signed"]["version"] == number


@pytest.mark.parametrize(("answer", "exit_code"), [("да", 0), ("нет", 14), ("", 14)])
def test_a_person_compares_the_current_root(fresh, server, answer, exit_code):
    server.repository.replace("root")
    arguments = [item for item in fresh.arguments("install", EXTENSION) if item != "--json"]
    ran = fresh.typed(*arguments, "--plan-only", answers=(KEY, answer))
    assert ran.exit == exit_code
    assert len(pinned(fresh)) == (exit_code == 0)
    if pinned(fresh):
        assert pinned(fresh)[0]["root"]["signed"]["version"] == 2


def test_a_server_that_gives_no_root_is_refused(fresh, server):
    server.before("GET tuf/1.root.json", raw(200, b"{}"))
    assert fresh.install().result["data"]["reason"] == "METADATA_INVALID"


# trust show


def test_show_tells_the_current_root_of_each_vendor(bench, server):
    bench.install()
    server.repository.replace("root")
    bench.do("install", EXTENSION, "--plan-only")
    ran = bench.run("trust", "show", "--json")
    (root,) = ran.result["data"]["roots"]
    assert (root["pinned_version"], root["version"]) == (1, 2)
    assert root["fingerprint"] == fingerprint(server, 2)
    assert (root["server"], root["age_days"]) == (server.url, 0)
    text = bench.run("trust", "show").out
    assert root["fingerprint"] in text
    assert "ООО «Ромашка»" in text


def test_pinning_an_earlier_root_again_says_which_one_is_trusted(bench, server, file):
    bench.install()
    server.repository.replace("root")
    bench.do("install", EXTENSION, "--plan-only")
    told = bench.run("trust", "pin", file).out
    assert f"закреплён: версия 1, отпечаток {fingerprint(server, 1)}" in told
    assert f"к корню версии 2, отпечаток {fingerprint(server, 2)}" in told


def test_show_needs_no_server(bench, server):
    server.repository.files.clear()
    (root,) = bench.run("trust", "show", "--json").result["data"]["roots"]
    assert (root["version"], root["timestamp_version"]) == (1, None)
    assert server.requests == []


def test_show_says_what_to_do_where_nothing_is_pinned(fresh):
    ran = fresh.run("trust", "show")
    assert ran.exit == 0
    assert "trust pin" in ran.out
