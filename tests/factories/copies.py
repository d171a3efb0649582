"""What tests of backups do behind the program's back: empty databases, spoilt bytes."""

import hashlib
import json
from pathlib import Path

import psycopg


def emptied(url: str) -> str:
    """A database with nothing in it."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return url


def spoil(path: Path) -> None:
    """Turns one bit in the middle of a file; a hard link's other names keep their bytes."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.unlink()
    path.write_bytes(data)


def rewrite(backup: Path, **members: object) -> None:
    """Another manifest, sealed as if the program had written it."""
    file = backup / "manifest.json"
    content = json.dumps(json.loads(file.read_text("utf-8")) | members).encode()
    file.write_bytes(content)
    seal = f"{hashlib.sha256(content).hexdigest()}  {file.name}\n"
    (backup / f"{file.name}.sha256").write_text(seal, encoding="ascii")
