"""Two servers that speak S3: rclone checks signatures, moto answers a range with 206."""

import re
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import boto3

from app.kit.config import Settings

ACCESS_KEY, SECRET = "podkluch-tests", "not-a-secret-of-anybody"
KINDS = ("rclone", "moto")


@contextmanager
def server(kind: str, folder: Path) -> Iterator[str]:
    """The address of a server of this kind, over a folder if it needs one."""
    scripts = Path(sys.executable).parent
    command = {
        "rclone": [
            *(scripts / "rclone", "serve", "s3", folder, "--addr", "127.0.0.1:0"),
            *("--auth-key", f"{ACCESS_KEY},{SECRET}", "--config", "", "--vfs-cache-mode", "off"),
        ],
        "moto": [scripts / "moto_server", "-H", "127.0.0.1", "-p", "0"],
    }[kind]
    assert shutil.which(command[0]), f"{command[0]} is not installed: python3 run.py test"
    with subprocess.Popen(
        [str(part) for part in command], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as process:
        try:
            yield _told(process)
        finally:
            process.kill()


def _told(process: subprocess.Popen[bytes]) -> str:
    """The address from the server's own words; it goes on talking into a pipe that nobody reads."""
    said = b""
    for line in process.stderr:
        said += line
        if found := re.search(rb"http://127\.0\.0\.1:[1-9]\d*", line):
            return found.group().decode()
    raise AssertionError(f"no S3 server: {said.decode(errors='replace')}")


@cache
def owner(endpoint: str) -> Any:
    """A client of a server, for what the product never does."""
    return boto3.session.Session().client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET,
    )


def bucket_of(endpoint: str, folder: Path, **more: object) -> Settings:
    """Settings with a fresh bucket on a server."""
    name = f"test-{uuid.uuid4().hex}"
    owner(endpoint).create_bucket(Bucket=name)
    return Settings(
        environment="test",
        data=folder,
        artifacts=f"s3://{name}/releases",
        s3_endpoint=endpoint,
        s3_access_key=ACCESS_KEY,
        s3_secret_key=SECRET,
        **more,
    )


SettingsOf = Callable[..., Settings]
"""Settings of a server whose artifacts are in a `local` folder, or on an S3 server of a kind."""
