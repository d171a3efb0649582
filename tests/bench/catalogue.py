"""The catalogue of the dataset: products, extensions, releases and their rules, by COPY."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from psycopg import Connection, sql

from app.catalog.schemas.rules import RuleRow
from app.kit.db import Kit
from app.kit.storage.port import place
from tests.bench.numbering import (
    CONFIGURATIONS,
    FIRST_BUILD,
    FITS,
    MAIN_LINES,
    OTHER_LINES,
    Scale,
    ident,
    lines_of,
)

BY = "bench"
_TERM = json.dumps({"days": 365})


@dataclass(frozen=True, slots=True)
class Placed:
    """A release: its number, whose it is, of which line, and which version in it."""

    number: int
    vendor: int
    line: int
    ordinal: int

    @property
    def version(self) -> str:
        return f"1.{self.ordinal}"

    @property
    def content(self) -> bytes:
        """The bytes of its file."""
        return f"file {self.number}".encode()


def releases(scale: Scale) -> Iterator[Placed]:
    """The main vendor's first, so that its n-th is of line n mod 10."""
    for n in range(scale.main_releases):
        yield Placed(1 + n, 1, 1 + n % MAIN_LINES, 1 + n // MAIN_LINES)
    for n in range(scale.releases - scale.main_releases):
        turn, other = divmod(n, scale.vendors - 1)
        ordinal, line = divmod(turn, OTHER_LINES)
        vendor = 2 + other
        yield Placed(1 + scale.main_releases + n, vendor, lines_of(vendor)[line], 1 + ordinal)


def load(connection: Connection, scale: Scale, vendors: Sequence[Any], kit: Kit) -> None:
    """All of it; `vendors` are the ids, the main one first."""
    now = kit.clock()
    whose = {number: vendors[number - 1] for number in range(1, scale.vendors + 1)}
    _lines(connection, whose, now - timedelta(days=800))
    placed = list(releases(scale))
    _releases(connection, placed, whose, now)
    _rules(connection, placed, whose, now)
    _files(placed, kit.settings.artifacts_folder)


def _files(placed: Sequence[Placed], folder: Path) -> None:
    """Tiny ones, so that a server finds all of them when it starts."""
    for each in placed:
        path = folder / place(sha256(each.content).hexdigest())
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(each.content)


def _lines(connection: Connection, whose: dict[int, Any], at: datetime) -> None:
    lines = [(v, k, n) for v in whose for k, n in enumerate(lines_of(v), start=1)]
    products = (
        {
            "id": ident("01", n),
            "vendor_id": whose[v],
            "created_at": at,
            "code": f"p{k}",
            "name": f"Товар {k}",
            "status": "active",
            "default_term": _TERM,
            "default_seats": 3,
            "seats_multiplied": True,
            "after_expiry": "keep_releases",
            "trial_kind": "none",
            "transfer_quota": 3,
            "ends_trials": [],
            "row_version": 1,
        }
        for v, k, n in lines
    )
    extensions = (
        _flags()
        | {
            "id": ident("04", n),
            "vendor_id": whose[v],
            "created_at": at,
            "product_id": ident("01", n),
            "code": f"e{k}",
            "onec_name": f"Расширение{k}",
            "title_ru": f"Расширение {k}",
            "description_ru": "",
            "purpose": "addon",
            "published": True,
            "row_version": 1,
        }
        for v, k, n in lines
    )
    copy(connection, "products", products)
    copy(connection, "extensions", extensions)


def _flags() -> dict[str, Any]:
    return {
        "exclusive_required": True,
        "safe_mode_off_required": False,
        "unsafe_action_protection_off": False,
        "restart_required": True,
        "backup_required": False,
        "conflicts_with": [],
        "requires": [],
    }


def _releases(
    connection: Connection, placed: Sequence[Placed], whose: dict[int, Any], now: datetime
) -> None:
    start, step = now - timedelta(days=790), timedelta(days=780) / len(placed)
    of_each = [(_stamp("05", p, whose, start + p.number * step), p) for p in placed]
    copy(connection, "releases", (stamp | _release(p, stamp["created_at"]) for stamp, p in of_each))
    artifacts = (stamp | _artifact(p) | {"id": ident("06", p.number)} for stamp, p in of_each)
    copy(connection, "artifacts", artifacts)
    sets = (
        stamp
        | {"id": ident("07", p.number), "release_id": ident("05", p.number)}
        | {"rules_version": 1, "created_by": BY}
        for stamp, p in of_each
    )
    copy(connection, "rules_versions", sets)


def _stamp(kind: str, placed: Placed, whose: dict[int, Any], at: datetime) -> dict[str, Any]:
    return {
        "id": ident(kind, placed.number),
        "vendor_id": whose[placed.vendor],
        "created_at": at,
    }


def _release(placed: Placed, at: datetime) -> dict[str, Any]:
    return _flags() | {
        "extension_id": ident("04", placed.line),
        "version": placed.version,
        "version_key": 1 << 48 | placed.ordinal << 32,
        "file_version": placed.version,
        "channel": "stable",
        "status": "published",
        "published_at": at,
        "critical": placed.ordinal % 10 == 0,
        "notes_ru": f"Что нового в {placed.version}",
        "post_install_steps_ru": [],
        "post_install_steps_en": [],
        "rollout_percent": 100,
        "required_features": [],
        "rules_version": 1,
        "created_by": BY,
        "published_by": BY,
        "row_version": 1,
    }


def _artifact(placed: Placed) -> dict[str, Any]:
    return {
        "release_id": ident("05", placed.number),
        "extension_id": ident("04", placed.line),
        "kind": "cfe",
        "filename": f"e{placed.line}-{placed.version}.cfe",
        "size": len(placed.content),
        "sha256": sha256(placed.content).hexdigest(),
        "status": "ready",
        "parsed_name": "",
        "parsed_version": placed.version,
        "parsed_vendor": "",
        "parsed_prefix": "",
        "parsed_purpose": "addon",
        "parsed_compatibility": "",
        "content_digest": "",
        "root_uuid": "",
        "uploaded_by": BY,
    }


def _rules(
    connection: Connection, placed: Sequence[Placed], whose: dict[int, Any], now: datetime
) -> None:
    """One per configuration: a release fits its own build and the two behind it."""
    known: dict[int, list[dict[str, Any]]] = {}
    for each in placed:
        if each.ordinal not in known:
            known[each.ordinal] = [_rule(each.ordinal, at) for at in range(len(CONFIGURATIONS))]
    rows = (
        rule
        | _stamp("05", p, whose, now - timedelta(days=1))
        | {
            "id": ident("08", 4 * p.number + rule["number"]),
            "extension_id": ident("04", p.line),
            "release_id": ident("05", p.number),
            "rules_version": 1,
        }
        for p in placed
        for rule in known[p.ordinal]
    )
    copy(connection, "compatibility_rules", rows)


def _rule(ordinal: int, number: int) -> dict[str, Any]:
    name, branch = CONFIGURATIONS[number]
    first = FIRST_BUILD + ordinal
    ends = {"version_from": f"{branch}.{first}", "version_to": f"{branch}.{first + FITS - 1}"}
    row = RuleRow.model_validate({"configuration_name": name} | ends)
    rule = row.compiled()
    from_key, to_key = rule.version_keys
    return {
        "number": 1 + number,
        "rule": json.dumps(row.document(), ensure_ascii=False),
        "configuration_key": rule.configuration,
        "from_key": from_key,
        "to_key": to_key,
    }


def copy(connection: Connection, table: str, rows: Iterator[dict[str, Any]]) -> None:
    """Writes rows that have the same columns."""
    first = next(rows)
    columns = sql.SQL(", ").join(map(sql.Identifier, first))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), columns)
    with connection.cursor().copy(statement) as target:
        target.write_row(list(first.values()))
        for row in rows:
            target.write_row([row[name] for name in first])
