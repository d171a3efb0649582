"""Settings: given values, then the environment, then the file."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from app.kit.config import Settings

SECRET = "hunter2"


@pytest.fixture(autouse=True)
def _nothing_of_ours_in_the_environment(monkeypatch, tmp_path):
    monkeypatch.delenv("PODKLUCH_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)


def file(folder: Path, text: str) -> str:
    path = folder / "podkluch.toml"
    path.write_text(text, "utf-8")
    return str(path)


def test_without_anything_it_is_a_server_for_trying_out():
    settings = Settings.load()
    assert (settings.environment, settings.data, settings.threads) == (
        "development",
        Path("var"),
        16,
    )
    assert settings.database_dsn() is None
    assert settings.artifacts_folder == Path("var/artifacts")


def test_the_environment_overrides_the_file_and_a_given_value_both(monkeypatch, tmp_path):
    monkeypatch.setenv("PODKLUCH_CONFIG", file(tmp_path, 'threads = 3\ndata = "/srv/shop"'))
    assert (Settings.load().threads, Settings.load().data) == (3, Path("/srv/shop"))
    monkeypatch.setenv("PODKLUCH_THREADS", "5")
    assert Settings.load().threads == 5
    assert Settings.load(threads=7).threads == 7


def test_the_file_is_read_by_load_alone(monkeypatch, tmp_path):
    monkeypatch.setenv("PODKLUCH_CONFIG", file(tmp_path, "threads = 3"))
    assert Settings().threads == 16


def test_no_other_file_is_read(tmp_path):
    (tmp_path / ".env").write_text("PODKLUCH_THREADS=3\nTHREADS=3", "utf-8")
    assert Settings.load().threads == 16


def test_a_password_may_come_from_a_file(tmp_path):
    (tmp_path / "password").write_text(f"{SECRET}/@:\n", "utf-8")
    settings = Settings.load(
        database_url="postgresql://shop@db/shop", database_password_file=tmp_path / "password"
    )
    assert settings.database_dsn() == f"postgresql://shop:{SECRET}%2F%40%3A@db/shop"


def test_a_password_is_not_shown():
    settings = Settings.load(database_url=f"postgresql://shop:{SECRET}@db/shop")
    assert SECRET not in f"{settings!r} {settings} {settings.model_dump()}"
    assert SECRET in (settings.database_dsn() or "")


def test_settings_do_not_change():
    with pytest.raises(ValidationError, match="frozen"):
        Settings().threads = 3


@pytest.mark.parametrize(
    "given",
    [
        {"threads": 0},
        {"threads": 257},
        {"upload_max_bytes": 0},
        {"environment": "production"},
        {"public_url": "ftp://example.org"},
        {"trusted_proxies": ["10.0.0.1/8"]},
        {"trusted_proxies": ["everybody"]},
        {"download_mode": "other"},
        {"download_mode": "redirect"},
        {"download_mode": "accel", "artifacts": "s3://bucket"},
        {"artifacts": "s3:///prefix"},
        {"thread": 3},
    ],
)
def test_what_makes_no_sense_is_refused(given):
    with pytest.raises(ValidationError):
        Settings.load(**given)


def test_production_runs_on_a_database_of_its_own():
    settings = Settings.load(environment="production", database_url="postgresql://db/shop")
    assert settings.database_dsn() == "postgresql://db/shop"


def test_proxies_come_from_the_environment_as_a_list(monkeypatch):
    monkeypatch.setenv("PODKLUCH_TRUSTED_PROXIES", '["10.0.0.0/8", "::1"]')
    assert [str(network) for network in Settings.load().trusted_proxies] == [
        "10.0.0.0/8",
        "::1/128",
    ]


@pytest.mark.parametrize(
    ("given", "bucket"),
    [("s3://b", ("b", "")), ("s3://b/", ("b", "")), ("s3://b/x/y/", ("b", "x/y/"))],
)
def test_files_may_live_in_a_bucket(given, bucket, tmp_path):
    settings = Settings.load(artifacts=given, data=tmp_path, download_mode="redirect")
    assert (settings.bucket, settings.artifacts_folder) == (bucket, tmp_path / "artifacts")


def test_the_secret_of_a_bucket_may_be_in_a_file(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text(f"{SECRET}\n")
    assert Settings.load(s3_secret_key_file=secret).s3_secret() == SECRET
    settings = Settings.load(s3_secret_key=SECRET)
    assert settings.s3_secret() == SECRET
    assert SECRET not in f"{settings!r} {settings.model_dump()}"
    assert Settings.load().s3_secret() is None
