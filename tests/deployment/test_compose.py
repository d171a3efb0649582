"""docker-compose.yml and the Dockerfile agree with the settings, the commands and each other."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from ipaddress import ip_network
from pathlib import Path

import pytest
import yaml

import run
from app.kit.config import Settings
from tests.deployment.shipped import (
    COMPOSE,
    OURS,
    ROOT,
    SERVICES,
    SETTINGS,
    arguments,
    environment,
    image_environment,
    podkluch_commands,
)


def test_every_image_has_a_tag() -> None:
    for service in SERVICES.values():
        assert re.fullmatch(r"[\w./-]+:[\w.-]+", service["image"])
    for image in arguments("FROM"):
        assert re.match(r"python:3\.\d+-slim-\w+( AS \w+)?$", image)


def test_every_setting_that_is_given_exists() -> None:
    given = set(image_environment()) - {"UV_PYTHON_DOWNLOADS", "PATH"}
    given = {name for name in given if not name.startswith("PYTHON")}
    for name in OURS:
        given |= set(SERVICES[name]["environment"])
    assert len(given) > 8
    assert given <= SETTINGS


@pytest.mark.parametrize("service", OURS)
def test_the_settings_load_with_what_is_given(service, monkeypatch, tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("s3cret/\n")
    for name, value in environment(service).items():
        monkeypatch.setenv(name, str(secret) if value.startswith("/run/secrets/") else value)
    settings = Settings.load()
    assert settings.environment == "production"
    assert settings.database_dsn() == "postgresql://podkluch:s3cret%2F@db/podkluch"
    assert settings.drain_seconds + 25 < int(SERVICES[service]["stop_grace_period"].rstrip("s"))


def test_only_the_network_of_these_services_is_believed() -> None:
    [network] = COMPOSE["networks"]["default"]["ipam"]["config"]
    [trusted] = yaml.safe_load(environment("app")["PODKLUCH_TRUSTED_PROXIES"])
    assert ip_network(trusted) == ip_network(network["subnet"])


def test_every_secret_is_a_file_that_its_service_may_read() -> None:
    for name in ("db", *OURS):
        service = SERVICES[name]
        files = {v for k, v in service["environment"].items() if k.endswith("_FILE")}
        assert files == {f"/run/secrets/{name}" for name in service["secrets"]}
        assert set(service["secrets"]) <= set(COMPOSE["secrets"])
        assert not {k for k in service["environment"] if k.endswith(("PASSWORD", "SECRET_KEY"))}
    assert not SERVICES["nginx"].get("secrets")
    ignored = (ROOT / ".gitignore").read_text("utf-8").splitlines()
    for secret in COMPOSE["secrets"].values():
        assert f"{Path(secret['file']).parts[0]}/" in ignored


def test_services_and_volumes_that_are_named_exist() -> None:
    for service in SERVICES.values():
        for needed, how in service.get("depends_on", {}).items():
            assert how["condition"] != "service_healthy" or "healthcheck" in SERVICES[needed]
        for source, *_ in (volume.split(":") for volume in service.get("volumes", [])):
            known = (ROOT / source).exists() if source.startswith(".") else COMPOSE["volumes"]
            assert known if source.startswith(".") else source in known
    assert {"database:/var/lib/postgresql"} <= set(SERVICES["db"]["volumes"])


def test_nothing_of_ours_starts_before_the_schema_is_there() -> None:
    assert SERVICES["migrate"]["depends_on"] == {"db": {"condition": "service_healthy"}}
    assert SERVICES["migrate"]["restart"] == "no"
    for name in ("app", "worker"):
        waits = SERVICES[name]["depends_on"]["migrate"]
        assert waits == {"condition": "service_completed_successfully"}


def test_the_ports_agree_and_only_nginx_is_published_and_only_on_loopback() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["nginx"]
    [published] = SERVICES["nginx"]["ports"]
    address, outside, inside = published.split(":")
    conf = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")
    assert address == "127.0.0.1"
    assert environment("app")["PODKLUCH_PUBLIC_URL"] == f"http://127.0.0.1:{outside}"
    assert f"listen {inside};" in conf
    assert f"127.0.0.1:{inside}/health/ready" in SERVICES["nginx"]["healthcheck"]["test"][-1]
    [port] = arguments("EXPOSE")
    assert SERVICES["app"]["expose"] == [port]
    assert f"server app:{port} " in conf
    serving = [command for command in podkluch_commands() if command[0] == "serve"]
    assert len(serving) == 2
    assert all(command[command.index("--port") + 1] == port for command in serving)
    probes = [SERVICES["app"]["healthcheck"]["test"][-1], *arguments("HEALTHCHECK")]
    assert all(f"http://127.0.0.1:{port}/health/ready" in probe for probe in probes)


def test_who_serves_nothing_is_not_asked_whether_it_serves() -> None:
    for name in ("migrate", "worker"):
        assert SERVICES[name]["healthcheck"] == {"disable": True}


@pytest.mark.parametrize("name", [*OURS, "nginx"])
def test_nobody_has_more_rights_than_needed(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert arguments("USER")[-1] == service.get("user", "10001:10001") == "10001:10001"


def test_the_files_are_where_each_looks_for_them() -> None:
    folder = environment("app")["PODKLUCH_ARTIFACTS"]
    assert folder == environment("worker")["PODKLUCH_ARTIFACTS"]
    assert folder == image_environment()["PODKLUCH_ARTIFACTS"]
    assert f"alias {folder}/sha256/;" in (ROOT / "deploy" / "nginx.conf").read_text("utf-8")
    for name in (*OURS, "nginx"):
        [mounted] = [
            volume for volume in SERVICES[name]["volumes"] if volume.startswith("artifacts:")
        ]
        _, place, *mode = mounted.split(":")
        assert folder.startswith(f"{place}/")
        assert mode == (["ro"] if name == "nginx" else [])
    kept = SERVICES["nginx"]["tmpfs"][0].partition(":")[0]
    conf = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")
    assert len(re.findall(rf"_temp_path {kept}/\w+;", conf)) == 5
    assert f"pid {kept}/" in conf


def copied() -> list[str]:
    """What the image takes from the checkout."""
    words = [line.split() for line in arguments("COPY") if not line.startswith("--from")]
    return [source for *sources, _ in words for source in sources]


def test_what_is_copied_exists_and_is_not_ignored() -> None:
    admitted = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    for source in copied():
        assert (ROOT / source).exists()
        assert {f"!{source}", f"!{source}/"} & set(admitted)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The image's folder: its files, and its environment made by its own command from uv's cache.

    The cache is warm because the environment that runs this was made through it.
    """
    folder = tmp_path_factory.mktemp("image")
    for source in copied():
        path = ROOT / source
        (shutil.copytree if path.is_dir() else shutil.copy)(path, folder / source)
    (command,) = (line for line in arguments("RUN") if line.startswith("uv sync"))
    uv = run.present_uv()
    assert uv, "no uv here: start the tests by `python3 run.py test`"
    done = subprocess.run(
        [uv, *shlex.split(command)[1:], "--offline", "--python", sys.executable],
        cwd=folder,
        env={
            **{name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"},
            **dict(word.split("=", 1) for word in arguments("ENV")[0].split()),
            "UV_PROJECT_ENVIRONMENT": str(folder / ".venv"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    hint = "\nif packages are missing in uv's cache, remove .venv and run `python3 run.py test`"
    assert done.returncode == 0, done.stderr + hint
    return folder


@pytest.mark.parametrize("command", podkluch_commands(), ids=" ".join)
def test_the_image_knows_its_own_commands(image: Path, command: list[str]) -> None:
    name, *options = command
    done = subprocess.run(
        [image / ".venv" / run.SCRIPTS / "python", "-m", "app.cli", name, "--help"],
        cwd="/",
        env={"PYTHONPATH": str(image), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert all(option in done.stdout for option in options if option.startswith("--"))
