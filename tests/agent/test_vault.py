import json
import os

import pytest

from agent.codes import Code
from agent.errors import Failure
from agent.vault import Vault

SERVER, OTHER = "https://a.example", "https://b.example"
KEY = "DEMO-ABEKM-HCTPX-01234-567C7"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "vault.json"


def test_it_keeps_a_key_for_the_next_run(path):
    Vault(path).keep_key(SERVER, KEY)
    assert Vault(path).key(SERVER) == KEY


def test_a_key_is_never_given_to_another_server(path):
    vault = Vault(path)
    vault.keep_key(SERVER, KEY)
    assert vault.key(OTHER) is None


def test_a_token_belongs_to_server_infobase_and_product(path):
    vault = Vault(path)
    vault.keep_token(SERVER, "i-1", "p-1", "pki_1")
    vault.keep_token(SERVER, "i-1", "p-1", "pki_2")
    assert Vault(path).token(SERVER, "i-1", "p-1") == "pki_2"
    assert vault.token(SERVER, "i-2", "p-1") is None
    assert vault.token(OTHER, "i-1", "p-1") is None


def test_nobody_else_can_read_it(path):
    Vault(path).keep_key(SERVER, KEY)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o604, 0o777])
def test_a_looser_mode_is_mended(path, mode):
    Vault(path).keep_key(SERVER, KEY)
    path.chmod(mode)
    assert Vault(path).key(SERVER) == KEY
    assert path.stat().st_mode & 0o077 == 0


def test_a_link_is_not_followed(path, tmp_path):
    elsewhere = tmp_path / "elsewhere.json"
    Vault(elsewhere).keep_key(SERVER, KEY)
    path.symlink_to(elsewhere)
    with pytest.raises(Failure) as failed:
        Vault(path)
    assert failed.value.code == Code.HOME_UNUSABLE


def test_the_file_of_another_user_is_refused(path, monkeypatch):
    Vault(path).keep_key(SERVER, KEY)
    mine = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: mine + 1)
    with pytest.raises(Failure) as failed:
        Vault(path)
    assert "принадлежит другому" in failed.value.diagnostics("ru")


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"keys": [], "tokens": {}}', "\0", "{"])
def test_a_damaged_file_is_named_and_left_as_it_is(path, content):
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(Failure) as failed:
        Vault(path)
    assert str(path) in failed.value.diagnostics("ru")
    assert path.read_text() == content


def test_the_same_key_again_writes_nothing(path):
    vault = Vault(path)
    vault.keep_key(SERVER, KEY)
    written = path.stat().st_ino
    vault.keep_key(SERVER, KEY)
    assert path.stat().st_ino == written
    assert json.loads(path.read_text())["v"] == 1
