"""Settings of the server: a TOML file and the environment, read once, then frozen."""

import errno
import os
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AnyHttpUrl, Field, SecretStr, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from sqlalchemy import make_url

Megabytes = 1 << 20
_S3 = "s3://"


class Settings(BaseSettings):
    """Everything that differs between two installations; `PODKLUCH_<NAME>` overrides the file."""

    model_config = SettingsConfigDict(env_prefix="PODKLUCH_", frozen=True, extra="forbid")

    environment: Literal["development", "production", "test"] = "development"
    data: Path = Path("var")
    """Folder of the embedded database and, unless `artifacts` says otherwise, of the files."""
    database_url: SecretStr | None = None
    """A PostgreSQL 15-18 of your own; unset, the embedded one in `data` is started."""
    database_password_file: Path | None = None
    master_key_file: Path | None = None
    """The file of MASTER, which opens what the database keeps sealed."""
    public_url: AnyHttpUrl = AnyHttpUrl("http://127.0.0.1:8000")
    """The address that people and agents use; never taken from the Host header."""
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    """Networks whose X-Forwarded-For is believed."""
    artifacts: str | None = None
    """A folder, or s3://bucket/prefix; files that still arrive are in a folder in any case."""
    s3_endpoint: AnyHttpUrl | None = None
    """Where the bucket is, as agents reach it too; unset: Amazon's own, by the region."""
    s3_region: str = "us-east-1"
    s3_access_key: str | None = None
    """With the secret; without both, boto3 looks where Amazon's programs look."""
    s3_secret_key: SecretStr | None = None
    s3_secret_key_file: Path | None = None
    download_mode: Literal["direct", "accel", "redirect"] = "direct"
    """Who sends the bytes: this program, nginx (X-Accel-Redirect), or the bucket (303)."""
    totp_required: bool = True
    """Off only where nobody else gets in: a demo on the loopback address."""
    upload_max_bytes: int = Field(default=64 * Megabytes, ge=1)
    wal_archive: bool = False
    """A receiver is to copy the database's changes elsewhere: without one, health is red."""
    prepare: bool = True
    """Off behind a pooler that gives each transaction another connection of the server."""
    threads: Annotated[int, Field(ge=1, le=256)] = 16
    """Threads that serve requests, and as many connections to the database."""
    drain_seconds: Annotated[int, Field(ge=0, le=60)] = 0
    """How long a server that is told to stop answers on while /health/ready says 503."""

    @classmethod
    def load(cls, **given: object) -> Self:
        """Reads the file named by PODKLUCH_CONFIG (if any) and the environment."""
        file = os.environ.get("PODKLUCH_CONFIG")
        if file is not None and not Path(file).is_file():
            # The library would pass it over, and the server would run with other settings.
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), file)

        class FromFile(cls):  # type: ignore[valid-type,misc]
            model_config = SettingsConfigDict(toml_file=file)

        return FromFile(**given)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Given values, then the environment, then the file; no `.env`."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @model_validator(mode="after")
    def _production_names_its_database(self) -> Self:
        if self.environment == "production" and self.database_url is None:
            msg = "production needs PODKLUCH_DATABASE_URL: the embedded database serves one host"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _production_asks_for_codes(self) -> Self:
        if self.environment == "production" and not self.totp_required:
            raise ValueError("production needs PODKLUCH_TOTP_REQUIRED=true")
        return self

    @model_validator(mode="after")
    def _somebody_sends_the_bytes(self) -> Self:
        stored = "a bucket" if self.bucket else "a folder"
        sender = {"accel": "a folder", "redirect": "a bucket"}.get(self.download_mode, stored)
        if sender != stored:
            msg = (
                f"PODKLUCH_DOWNLOAD_MODE={self.download_mode} needs {sender} in PODKLUCH_ARTIFACTS"
            )
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _bucket_has_a_name(self) -> Self:
        if self.bucket is not None and not self.bucket[0]:
            raise ValueError("PODKLUCH_ARTIFACTS: s3://bucket/prefix")
        return self

    @property
    def is_plain_and_local(self) -> bool:
        """Whether people come without TLS, which only a server for its own host may allow."""
        return self.public_url.scheme == "http" and is_loopback(self.public_url.host or "")

    @property
    def bucket(self) -> tuple[str, str] | None:
        """The bucket and the prefix of its keys, or None where files live in a folder."""
        if self.artifacts is None or not self.artifacts.startswith(_S3):
            return None
        name, _, prefix = self.artifacts.removeprefix(_S3).partition("/")
        return name, f"{prefix.strip('/')}/" if prefix.strip("/") else ""

    def s3_secret(self) -> str | None:
        """The secret of the access key, from the settings or its file."""
        if self.s3_secret_key_file:
            return self.s3_secret_key_file.read_text(encoding="utf-8").strip()
        return self.s3_secret_key.get_secret_value() if self.s3_secret_key else None

    @property
    def artifacts_folder(self) -> Path:
        """Where the bytes of releases live, or where they arrive on their way to a bucket."""
        is_folder = self.artifacts is not None and self.bucket is None
        return Path(str(self.artifacts)) if is_folder else self.data / "artifacts"

    @property
    def master_file(self) -> Path:
        """Where MASTER lives; a production keeps it on another volume than the database."""
        return self.master_key_file or self.data / "keys" / "master"

    def database_dsn(self) -> str | None:
        """The full URL of the database with its password, or None for the embedded one."""
        if self.database_url is None:
            return None
        url = make_url(self.database_url.get_secret_value())
        if self.database_password_file:
            password = self.database_password_file.read_text(encoding="utf-8").strip()
            url = url.set(password=password)
        return url.render_as_string(hide_password=False)


def is_loopback(host: str) -> bool:
    """Whether nobody but this host can connect to an address."""
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def tell_prometheus(folder: str) -> None:
    """Its library looks for the folder of shared counters in the environment alone."""
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder


def without_password() -> dict[str, str]:
    """The environment of PostgreSQL's programs: libpq would prefer the caller's own password."""
    return {name: text for name, text in os.environ.items() if name != "PGPASSWORD"}
