import http.client
import io
import signal
import socket
import stat
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import psycopg
import pytest

from app.demo import folder, seed, serve
from app.demo.history.eight import TITLES
from app.kit import embedded, serving
from app.kit.config import Settings
from app.kit.signing.keyring import Keyring, create_master
from app.kit.signing.words import to_words
from tests.app.demo.programs import Demo
from wire.enrolment import parse

pytestmark = pytest.mark.long


def answered(process: subprocess.Popen[str]) -> tuple[str, list[str]]:
    """The address that a starting server names, and the lines of its banner."""
    url, lines = "", []
    for line in process.stdout:
        lines.append(line.rstrip("\n"))
        if "Подключ работает" in line:
            url = line.split()[-1]
        if url and "podkluch-agent redeem" in line:
            break
    return url, lines


def get(url: str, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def signed_in(url: str, lines: list[str]) -> str:
    """The overview as the owner of the banner sees it, who is asked for no second factor."""
    found = {line.split("  ")[1].strip(): line.split()[-1] for line in lines if line[:2] == "  "}
    email, password = found["владелец / owner"], found["пароль для всех / one password"]
    with httpx2.Client(base_url=url, follow_redirects=True) as browser:
        answer = browser.post(
            "/cabinet/sign-in",
            data={"email": email, "password": password},
            headers={"Sec-Fetch-Site": "same-origin"},
        )
    assert (answer.status_code, answer.url.path) == (200, "/cabinet")
    return answer.text


def served_once(demo: Demo, data: Path) -> list[str]:
    """A start, a look and Ctrl+C; the banner."""
    with demo.start("serve", "--data", str(data), "--port", "0") as process:
        url, lines = answered(process)
        assert 'href="/cabinet"' in get(url, "/")[1]
        assert seed.VENDOR in signed_in(url, lines)
        assert get(url, "/health/ready") == (200, '{"status":"ok"}')
        with embedded.start(data / "postgres") as database, psycopg.connect(database.url) as found:
            assert database.adopted
            assert found.execute("SELECT count(*) FROM vendors").fetchone() == (1,)
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate()
    assert (process.returncode, errors) == (0, "")
    assert "Останавливаю" in rest
    assert not (data / "postgres" / "postmaster.pid").exists()
    return lines


def test_a_second_start_finds_the_data_of_the_first(demo: Demo):
    data = demo.folder / "данные тут"
    first = served_once(demo, data)
    codes = seed.kept(data)
    assert codes is not None
    assert list(codes.stories) == list(TITLES)
    assert sum("%" in line for line in first) == 4
    for code in (codes.key, codes.empty_key, *codes.coupons, *codes.stories.values()):
        assert any(code in line for line in first)
    for name in ("podkluch.toml", seed.FILE):
        assert stat.S_IMODE((data / name).stat().st_mode) == 0o600
    log = (data / "server.log").read_text(encoding="utf-8")
    assert '"route": "/health/ready"' in log
    assert codes.key not in log
    connection = parse((data / folder.CONNECTION).read_bytes())
    root = f"Демонстрационный корень доверия / demo root of trust: {connection.root_fingerprint}"
    assert root in first
    assert any(str(data / folder.CONNECTION) in line for line in first)
    master = data / "keys" / "master"
    assert (stat.S_IMODE(master.stat().st_mode), stat.S_IMODE(master.parent.stat().st_mode)) == (
        0o600,
        0o700,
    )
    words = to_words(next(iter(Keyring.read(master).masters.values())))
    assert all(any(line in told for told in first) for line in words)
    again = served_once(demo, data)
    assert not any(line in told for line in words for told in again)
    assert seed.kept(data) == codes
    assert root in again
    assert any(codes.key in line for line in again)
    assert not any("Загружаю" in line for line in again)


def test_demo_data_are_for_this_computer_only(demo: Demo):
    data = demo.folder / "var"
    code, out, errors = demo.run("serve", "--data", str(data), "--host", "0.0.0.0")  # noqa: S104
    assert (code, out) == (3, "")
    assert "--no-demo" in errors
    assert not data.exists()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::"])  # noqa: S104 - refused
def test_no_second_factor_is_waived_where_others_can_reach(demo: Demo, monkeypatch, host):
    data = demo.folder / "var"
    monkeypatch.setenv("PODKLUCH_TOTP_REQUIRED", "false")
    code, out, errors = demo.run("serve", "--data", str(data), "--no-demo", "--host", host)
    assert (code, out) == (3, "")
    assert "PODKLUCH_TOTP_REQUIRED" in errors
    assert not data.exists()


def test_a_production_waives_no_second_factor(demo: Demo, monkeypatch):
    data = demo.folder / "var"
    monkeypatch.setenv("PODKLUCH_TOTP_REQUIRED", "false")
    monkeypatch.setenv("PODKLUCH_ENVIRONMENT", "production")
    monkeypatch.setenv("PODKLUCH_DATABASE_URL", "postgresql://127.0.0.1:1/nothing")
    code, out, errors = demo.run("serve", "--data", str(data), "--no-demo")
    assert (code, out) == (3, "")
    assert "PODKLUCH_TOTP_REQUIRED=true" in errors


def test_a_taken_port_is_replaced_unless_it_was_asked_for(monkeypatch, capsys):
    with serving.listen("127.0.0.1", 0) as taken:
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setattr(serve, "PORT", port)
        with serve._listening("127.0.0.1", None) as listener:
            assert listener.getsockname()[1] != port
        assert f"Порт {port} занят" in capsys.readouterr().out
        with pytest.raises(serve.RefusedError, match=str(port)):
            serve._listening("127.0.0.1", port)


def test_a_socket_that_is_taken_is_taken_before_the_server_is_ready():
    with serve._listening("127.0.0.1", 0) as listener:
        with socket.create_connection(listener.getsockname()[:2], timeout=30):
            pass
        with pytest.raises(serve.RefusedError):
            serve._listening("127.0.0.1", listener.getsockname()[1])


def made(place: Path) -> Path:
    folder.prepare(place)
    (place / "artifacts").mkdir()
    (place / seed.FILE).touch()
    (place / "mine.txt").touch()
    return place


def test_starting_over_deletes_only_what_a_server_made(tmp_path: Path, capsys):
    place = made(tmp_path / "var")
    assert folder.is_cleared(place, sure=True)
    assert sorted(path.name for path in place.iterdir()) == ["mine.txt", "podkluch.toml"]
    assert "artifacts" in capsys.readouterr().out


def test_starting_over_is_asked_about(tmp_path: Path, monkeypatch, capsys):
    place = made(tmp_path / "var")
    monkeypatch.setattr("sys.stdin", io.StringIO("да\n"))
    assert not folder.is_cleared(place, sure=False)
    assert "--yes" in capsys.readouterr().err
    assert (place / "artifacts").exists()


def test_starting_over_never_touches_a_database_of_ones_own(tmp_path: Path):
    place = made(tmp_path / "var")
    settings = Settings(data=place, database_url="postgresql://somewhere/else")
    with pytest.raises(serve.RefusedError, match="--fresh"):
        serve._starts_over(place, settings, sure=True)
    assert (place / "artifacts").exists()


def test_the_settings_file_of_the_folder_is_read(tmp_path: Path):
    folder.prepare(tmp_path)
    file = tmp_path / "podkluch.toml"
    file.write_text(file.read_text(encoding="utf-8") + "threads = 3\n", encoding="utf-8")
    folder.prepare(tmp_path)
    settings = folder.settings(tmp_path)
    assert (settings.threads, settings.data) == (3, tmp_path)


def test_wrong_settings_are_named_without_their_values(demo: Demo):
    data = demo.folder / "var"
    folder.prepare(data)
    (data / "podkluch.toml").write_text('threads = "hunter2"\n', encoding="utf-8")
    code, out, errors = demo.run("serve", "--data", str(data))
    assert (code, out) == (3, "")
    assert "threads" in errors
    assert "hunter2" not in errors


def test_a_master_that_others_read_stops_it_with_the_next_step(demo: Demo):
    data = demo.folder / "var"
    create_master(data / "keys" / "master")
    (data / "keys" / "master").chmod(0o644)
    code, _, errors = demo.run("serve", "--data", str(data), "--port", "0")
    assert code == 3
    assert f"chmod 600 {data}" in errors
    assert not (data / "postgres").exists()


def test_a_production_makes_no_master_by_itself(demo: Demo, monkeypatch):
    data = demo.folder / "var"
    monkeypatch.setenv("PODKLUCH_ENVIRONMENT", "production")
    monkeypatch.setenv("PODKLUCH_DATABASE_URL", "postgresql://127.0.0.1:1/nothing")
    monkeypatch.setenv("PODKLUCH_MASTER_KEY_FILE", str(data / "absent"))
    code, _, errors = demo.run("serve", "--data", str(data), "--no-demo", "--port", "0")
    assert code == 3
    assert "podkluch master new" in errors
    assert not (data / "absent").exists()
