"""The package as pip installs it: with its data, and with commands that work from anywhere."""

import subprocess
import sys
import sysconfig
from pathlib import Path

import psycopg
import pytest

import run
from app.kit.signing.keyring import create_master
from tests.deployment.shipped import ROOT
from tests.factories.kit import MASTER

pytestmark = pytest.mark.long
DATA = ("templates", "migrations", "static", "locale")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel alone; what it depends on is borrowed from this one."""
    folder = tmp_path_factory.mktemp("wheel")
    uv = run.present_uv()
    assert uv, "no uv here: start the tests by `python3 run.py test`"
    python = folder / "env" / run.SCRIPTS / "python"
    for command in (
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        [sys.executable, "-m", "venv", "--without-pip", folder / "env"],
    ):
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    [wheel] = folder.glob("*.whl")
    install = [uv, "pip", "install", "--offline", "--no-deps", "--python", python, wheel]
    subprocess.run(install, cwd=folder, check=True, capture_output=True)
    [site] = (folder / "env").glob("lib/python*/site-packages")
    (site / "borrowed.pth").write_text(sysconfig.get_paths()["purelib"])
    return folder / "env"


def called(environment: Path, program: str, *arguments: str, **settings: str) -> str:
    """What a program of that environment prints, started far from any checkout."""
    done = subprocess.run(
        [environment / run.SCRIPTS / program, *arguments],
        cwd="/",
        env={"LC_ALL": "C.UTF-8", "COLUMNS": "200", **settings},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("program", ["podkluch", "podkluch-agent"])
def test_the_commands_are_installed(environment: Path, program: str) -> None:
    assert program in called(environment, program, "--help")


def test_all_data_are_inside(environment: Path) -> None:
    ask = "import app; print(app.__file__)"
    package = Path(called(environment, "python", "-c", ask).strip()).parent
    assert environment in package.parents
    for name in DATA:
        kept = files(ROOT / name)
        assert kept
        assert files(package / "_data" / name) == kept


def files(folder: Path) -> set[Path]:
    return {
        path.relative_to(folder)
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_it_makes_a_schema(environment: Path, tmp_path: Path, cluster) -> None:
    url = cluster.url_of(f"{cluster.run}_wheel")
    create_master(tmp_path / "master", MASTER)
    with psycopg.connect(cluster.url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{cluster.run}_wheel" TEMPLATE template0')
    try:
        settings = {
            "PODKLUCH_ENVIRONMENT": "test",
            "PODKLUCH_DATABASE_URL": url,
            "PODKLUCH_MASTER_KEY_FILE": str(tmp_path / "master"),
            "PODKLUCH_DATA": str(tmp_path),
        }
        called(environment, "podkluch", "migrate", **settings)
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT count(*) FROM vendors").fetchone() == (0,)
    finally:
        cluster.drop(url)
