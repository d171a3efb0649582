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


class Padlock:
    """A seal of one account: turned bytes behind its name."""

    def __init__(self, account):
        self.account = account

    def close(self, data):
        return self.account.encode() + b"\0" + data[::-1]

    def open(self, data):
        name, _, rest = data.partition(b"\0")
        if name.decode() != self.account:
            raise OSError("not mine")
        return rest[::-1]


def test_passwords_have_names_and_can_be_forgotten(path):
    vault = Vault(path)
    vault.keep_password("Бухгалтерия", "тайна-1")
    vault.keep_password("cluster:srv1", "тайна-2")
    again = Vault(path)
    assert again.password("Бухгалтерия") == "тайна-1"
    again.forget("Бухгалтерия")
    again.forget("Бухгалтерия")
    assert Vault(path).password("Бухгалтерия") is None
    assert Vault(path).password("cluster:srv1") == "тайна-2"


def test_a_file_of_an_agent_without_passwords_is_read(path):
    path.write_text(json.dumps({"v": 1, "keys": {SERVER: KEY}, "tokens": {}}))
    vault = Vault(path)
    assert vault.key(SERVER) == KEY
    assert vault.password("any") is None


def test_two_agents_lose_nothing_of_each_other(path):
    one, other = Vault(path), Vault(path)
    one.keep_password("one", "password-one")
    other.keep_password("other", "password-other")
    last = Vault(path)
    assert (last.password("one"), last.password("other")) == ("password-one", "password-other")


def test_nothing_readable_is_in_a_sealed_file(path):
    vault = Vault(path, Padlock("HOST\\admin"))
    vault.keep_key(SERVER, KEY)
    vault.keep_password("base", "secret-of-the-base")
    text = path.read_text()
    assert KEY not in text
    assert SERVER not in text
    assert "secret-of-the-base" not in text
    assert Vault(path, Padlock("HOST\\admin")).password("base") == "secret-of-the-base"


@pytest.mark.parametrize("seal", [None, Padlock("HOST\\other")])
def test_the_seal_of_another_account_is_named_and_the_file_stays(path, seal):
    Vault(path, Padlock("HOST\\admin")).keep_key(SERVER, KEY)
    before = path.read_bytes()
    with pytest.raises(Failure) as failed:
        Vault(path, seal)
    assert "HOST\\admin" in failed.value.diagnostics("ru")
    assert path.read_bytes() == before


def test_a_file_from_before_the_seal_is_sealed_by_the_next_change(path):
    Vault(path).keep_key(SERVER, KEY)
    sealed = Vault(path, Padlock("a"))
    assert sealed.key(SERVER) == KEY
    sealed.keep_password("base", "another-secret")
    assert KEY not in path.read_text()
