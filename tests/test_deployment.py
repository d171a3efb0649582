import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import run
from app.kit.config import Settings

ROOT = Path(__file__).parents[1]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES = COMPOSE["services"]
SETTINGS = {"PODKLUCH_CONFIG", *(f"PODKLUCH_{name.upper()}" for name in Settings.model_fields)}


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile as pairs of instruction and arguments, with lines joined."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text("utf-8"))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in lines]


def arguments(instruction: str) -> list[str]:
    return [rest for name, rest in instructions() if name == instruction]


def image_environment() -> dict[str, str]:
    words = [word for line in arguments("ENV") for word in shlex.split(line)]
    return dict(word.split("=", 1) for word in words)


def podkluch_commands() -> list[list[str]]:
    """Every call of `podkluch` in the compose file and the image."""
    lines = [" ".join(service.get("command", [])) for service in SERVICES.values()]
    lines += [" ".join(yaml.safe_load(line)) for line in arguments("CMD")]
    return [shlex.split(call) for line in lines for call in re.findall(r"podkluch ([^&|;]+)", line)]


def test_every_image_has_a_tag() -> None:
    for service in SERVICES.values():
        assert re.fullmatch(r"[\w./-]+:[\w.-]+", service["image"])
    for image in arguments("FROM"):
        assert re.match(r"python:3\.\d+-slim-\w+( AS \w+)?$", image)


def test_every_setting_that_is_given_exists() -> None:
    given = {name for name in SERVICES["app"]["environment"] if name.startswith("PODKLUCH_")}
    given |= {name for name in image_environment() if name.startswith("PODKLUCH_")}
    assert len(given) > 5
    assert given <= SETTINGS


def test_the_settings_load_with_what_is_given(monkeypatch, tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("s3cret/\n")
    for name, value in {**image_environment(), **SERVICES["app"]["environment"]}.items():
        filled = re.sub(r"\$\{\w+:-(.*)\}", r"\1", value)
        monkeypatch.setenv(name, str(secret) if filled.startswith("/run/secrets/") else filled)
    settings = Settings.load()
    assert settings.environment == "production"
    assert settings.database_dsn() == "postgresql://podkluch:s3cret%2F@db/podkluch"


def test_every_secret_is_a_file_that_its_service_may_read() -> None:
    for service in SERVICES.values():
        files = {v for k, v in service["environment"].items() if k.endswith("_FILE")}
        assert files == {f"/run/secrets/{name}" for name in service["secrets"]}
        assert set(service["secrets"]) <= set(COMPOSE["secrets"])
        assert not {k for k in service["environment"] if k.endswith("PASSWORD")}
    ignored = (ROOT / ".gitignore").read_text("utf-8").splitlines()
    for secret in COMPOSE["secrets"].values():
        assert f"{Path(secret['file']).parts[0]}/" in ignored


def test_services_and_volumes_that_are_named_exist() -> None:
    for service in SERVICES.values():
        assert set(service.get("depends_on", {})) <= set(SERVICES)
        for needed, how in service.get("depends_on", {}).items():
            assert how["condition"] != "service_healthy" or "healthcheck" in SERVICES[needed]
        assert {volume.split(":")[0] for volume in service["volumes"]} <= set(COMPOSE["volumes"])
    assert {"database:/var/lib/postgresql"} == set(SERVICES["db"]["volumes"])


def test_the_ports_agree_and_only_loopback_is_published() -> None:
    (published,) = SERVICES["app"]["ports"]
    address, _, port = published.split(":")
    assert address == "127.0.0.1"
    assert arguments("EXPOSE") == [port]
    serving = [command for command in podkluch_commands() if command[0] == "serve"]
    assert len(serving) == 2
    assert all(command[command.index("--port") + 1] == port for command in serving)
    probes = [SERVICES["app"]["healthcheck"]["test"][-1], *arguments("HEALTHCHECK")]
    assert all(f"http://127.0.0.1:{port}/health/ready" in probe for probe in probes)
    assert "ports" not in SERVICES["db"]


def test_the_app_runs_with_no_more_rights_than_it_needs() -> None:
    app = SERVICES["app"]
    assert app["read_only"]
    assert app["cap_drop"] == ["ALL"]
    assert app["security_opt"] == ["no-new-privileges:true"]
    assert arguments("USER")[-1] == "10001:10001"
    written = image_environment()["PODKLUCH_ARTIFACTS"]
    assert written == app["environment"]["PODKLUCH_ARTIFACTS"]
    mounted = [volume.split(":")[1] for volume in app["volumes"]]
    assert any(written.startswith(f"{folder}/") for folder in mounted)


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
