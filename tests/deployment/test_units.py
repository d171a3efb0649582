"""The units for a bare host name commands, users and settings that exist, and take rights away."""

import re
import shlex
import subprocess
import sys
import tomllib
from configparser import RawConfigParser
from pathlib import Path

import pytest

from app.kit.config import Settings
from app.kit.serving import PATIENCE
from tests.capabilities import first_of
from tests.deployment.shipped import ROOT, SETTINGS

DEPLOY = ROOT / "deploy"
EXAMPLE = (DEPLOY / "podkluch.env.example").read_text("utf-8")
UNITS = ("podkluch.service", "podkluch-worker.service")
HARDENED = {
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6",
    "SystemCallArchitectures": "native",
}


class Unit(RawConfigParser):
    """A unit file; of a repeated name the last value counts."""

    optionxform = staticmethod(str)

    def __init__(self, name: str) -> None:
        super().__init__(strict=False, interpolation=None)
        self.read_string((DEPLOY / name).read_text("utf-8"))


def given(*, all_of_them: bool) -> dict[str, str]:
    """The example's settings, unquoted as both systemd and a shell read them."""
    mark = "#?" if all_of_them else ""
    found = re.findall(rf"^{mark}(PODKLUCH_\w+)=(.*)$", EXAMPLE, re.MULTILINE)
    return {name: "".join(shlex.split(text)) for name, text in found}


@pytest.mark.parametrize("name", first_of(*UNITS))
def test_the_program_is_one_that_the_package_installs(name: str) -> None:
    program, command, *options = shlex.split(Unit(name)["Service"]["ExecStart"])
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
    assert Path(program).name in scripts
    asked = subprocess.run(
        [sys.executable, "-m", "app.cli", command, "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert all(option in asked.stdout for option in options if option.startswith("--"))


@pytest.mark.parametrize("name", UNITS)
def test_nobody_gets_more_rights_than_needed(name: str) -> None:
    service = Unit(name)["Service"]
    assert service["User"] == service["Group"] == "podkluch"
    assert {name: service[name] for name in HARDENED} == HARDENED


@pytest.mark.parametrize("name", UNITS)
def test_the_end_is_waited_for(name: str) -> None:
    service = Unit(name)["Service"]
    assert service["KillMode"] == "mixed"
    drained = int(given(all_of_them=False)["PODKLUCH_DRAIN_SECONDS"])
    assert int(service["TimeoutStopSec"]) > drained + PATIENCE


def test_the_units_and_the_example_are_about_the_same_places() -> None:
    settings = given(all_of_them=False)
    for name in UNITS:
        service = Unit(name)["Service"]
        assert EXAMPLE.startswith(f"# {service['EnvironmentFile']}, ")
        assert settings["PODKLUCH_DATA"] == f"/var/lib/{service['StateDirectory']}"
    conf = (DEPLOY / "nginx.conf").read_text("utf-8")
    assert f"alias {settings['PODKLUCH_ARTIFACTS']}/sha256/;" in conf


def test_every_setting_of_the_example_exists_and_none_is_a_secret() -> None:
    assert len(given(all_of_them=True)) > 12
    assert set(given(all_of_them=True)) <= SETTINGS
    assert not {
        name for name in given(all_of_them=True) if name.endswith(("PASSWORD", "SECRET_KEY"))
    }


@pytest.mark.parametrize("all_of_them", [False, True])
def test_the_settings_load(monkeypatch: pytest.MonkeyPatch, all_of_them: bool) -> None:  # noqa: FBT001 - of pytest
    for name, text in given(all_of_them=all_of_them).items():
        monkeypatch.setenv(name, text)
    settings = Settings.load()
    assert settings.environment == "production"
    assert str(settings.public_url) == "https://podkluch.example.ru/"
    assert settings.download_mode == ("redirect" if all_of_them else "accel")
