"""The compose file and the image, as data."""

import re
import shlex
from pathlib import Path
from typing import Any

import yaml

from app.kit.config import Settings

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("migrate", "app", "worker")
SETTINGS = {"PODKLUCH_CONFIG", *(f"PODKLUCH_{name.upper()}" for name in Settings.model_fields)}
"""What the server reads of its environment."""


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile as pairs of instruction and arguments, with lines joined."""
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    text = "\n".join(line for line in lines if line and not line.startswith("#"))
    joined = re.sub(r"\\\n\s*", "", text).splitlines()
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in joined]


def arguments(instruction: str) -> list[str]:
    return [rest for name, rest in instructions() if name == instruction]


def image_environment() -> dict[str, str]:
    words = [word for line in arguments("ENV") for word in shlex.split(line)]
    return dict(word.split("=", 1) for word in words)


def environment(service: str) -> dict[str, str]:
    """What a service of ours is given: by its image, then by the file, with the file's defaults."""
    given = SERVICES[service]["environment"]
    filled = {name: re.sub(r"\$\{\w+:-(.*)\}", r"\1", text) for name, text in given.items()}
    return {
        name: text
        for name, text in (image_environment() | filled).items()
        if name.startswith("PODKLUCH_")
    }


def podkluch_commands() -> list[list[str]]:
    """Every call of `podkluch` in the compose file and the image."""
    lines = [" ".join(SERVICES[name]["command"]) for name in OURS]
    lines += [" ".join(yaml.safe_load(line)) for line in arguments("CMD")]
    return [shlex.split(call) for line in lines for call in re.findall(r"podkluch ([^&|;]+)", line)]
