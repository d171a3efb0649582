import tomllib

import pytest

from agent import config
from agent.errors import Failure


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("https://lic.example.ru", "https://lic.example.ru"),
        (" HTTPS://LIC.example.ru/ ", "https://lic.example.ru"),
        ("https://lic.example.ru:8443/podkluch/", "https://lic.example.ru:8443/podkluch"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://localhost", "http://localhost"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_an_address_has_one_spelling(typed, address):
    assert config.server_address(typed) == address


@pytest.mark.parametrize(
    "typed",
    [
        "http://lic.example.ru", "http://intranet.test", "http://127.0.0.1.example.ru",
        "lic.example.ru",
        "ftp://lic.example.ru", "", "https://", "https://user:secret@lic.example.ru",
        "https://lic.example.ru/?key=1", "https://lic.example.ru/#x", "https://[broken",
        "https://a:99999",
    ],
)  # fmt: skip
def test_an_address_that_is_unsafe_or_none_is_refused(typed):
    with pytest.raises(Failure) as failed:
        config.server_address(typed)
    assert failed.value.exit == 2
    assert "secret" not in failed.value.diagnostics("ru")


def test_without_a_file_everything_is_open(tmp_path):
    settings = config.load(tmp_path / "agent.toml")
    assert (settings.server, settings.timeout) == (None, None)


def test_a_file_that_was_asked_for_must_be_there(tmp_path):
    with pytest.raises(Failure) as failed:
        config.load(tmp_path / "mine.toml", required=True)
    assert "mine.toml" in failed.value.diagnostics("ru")


def test_it_reads_what_it_knows_and_leaves_the_rest(tmp_path):
    path = tmp_path / "agent.toml"
    path.write_text(
        '\ufeffserver = "https://a.example"\nlang = "en"\nproxy = ""\nunknown = 1\n'
        "[timeouts]\nserver = 5\nwrite = 900\n[groups]\n",
        "utf-8",
    )
    settings = config.load(path)
    assert (settings.server, settings.lang, settings.proxy) == ("https://a.example", "en", None)
    assert settings.timeout == 5.0


@pytest.mark.parametrize(
    "text",
    [
        "server = 1", "server = ['a']", "lang = true", "timeouts = 5", "[timeouts]\nserver = 'x'",
        "[timeouts]\nserver = 0", "[timeouts]\nserver = true", "server = ", "\x00", "proxy = {}",
        "server = 'a'\nserver = 'b'",
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_by_name(tmp_path, text):
    path = tmp_path / "agent.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(Failure) as failed:
        config.load(path)
    assert failed.value.exit == 2
    assert "agent.toml" in failed.value.diagnostics("ru")


@pytest.mark.parametrize(
    "before",
    [
        "", "# note\n", 'server = "https://old.example"\nlang = "en"\n',
        '# note\nlang = "ru"\n\n[timeouts]\nserver = 5\n', "[timeouts]\nserver = 5\n",
    ],
)  # fmt: skip
def test_remembering_a_server_changes_one_line(tmp_path, before):
    path = tmp_path / "agent.toml"
    path.write_text(before)
    config.remember_server(path, "https://new.example")
    after = path.read_text()
    values, old = tomllib.loads(after), tomllib.loads(before)
    assert values.pop("server") == "https://new.example"
    old.pop("server", None)
    assert values == old
    kept = [line for line in before.splitlines() if not line.startswith("server = ")]
    assert set(kept) <= set(after.splitlines())


def test_a_server_is_remembered_where_there_was_no_file(tmp_path):
    config.remember_server(tmp_path / "agent.toml", "https://new.example")
    assert config.load(tmp_path / "agent.toml").server == "https://new.example"


@pytest.mark.parametrize(
    ("spoken", "language"),
    [("ru_RU.UTF-8", "ru"), ("en_US.UTF-8", "en"), ("C.UTF-8", "ru"), ("de_DE", "ru")],
)
def test_english_is_spoken_where_the_system_does(monkeypatch, spoken, language):
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", spoken)
    assert config.system_language() == language


def test_the_folder_is_named_by_the_environment_and_closed(tmp_path, monkeypatch):
    monkeypatch.setenv("PODKLUCH_HOME", str(tmp_path / "Мой дом"))
    home = config.home()
    assert home == tmp_path / "Мой дом"
    assert home.stat().st_mode & 0o777 == 0o700


def test_without_a_name_the_folder_is_in_the_users_home(tmp_path, monkeypatch):
    monkeypatch.delenv("PODKLUCH_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert config.home() == tmp_path / ".podkluch"
