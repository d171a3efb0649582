"""The register of infobases in `state.db`: how each is reached and treated; no secret is here."""

import sqlite3
import unicodedata
from dataclasses import dataclass, field, replace
from itertools import chain, count
from pathlib import Path

from agent.clock import utc_now
from agent.codes import Code
from agent.errors import Failure, usage
from agent.journal import Journal
from agent.policies import BackupMode, LockMode, Policy, Ring
from agent.target import Administration, Target
from onec.connection import ConnectionString, ConnectionStringError
from wire.problems import Sentence

_LONGEST_ALIAS = 100
_LONGEST_STEM = 90  # leaves room for a number
_NOT_IN_ALIAS = frozenset('=;"/\\')
_DAMAGED = Sentence("запись о базе повреждена", "the record of an infobase is damaged")


@dataclass(frozen=True, slots=True)
class Registered:
    """One infobase that an administrator named; `alias` is the name."""

    alias: str
    connection: ConnectionString  # without a password
    infobase: str | None = None  # id; None until somebody could look into it
    simulated: Path | None = None
    platform: str | None = None
    group: str | None = None
    ring: Ring = Ring.PRODUCTION
    policy: Policy = field(default_factory=Policy)
    cluster: str | None = None  # its agent, tcp://host:1540
    cluster_user: str = ""

    def target(self, password: str | None, cluster_password: str | None = None) -> Target:
        """How to enter, with the passwords that are kept elsewhere."""
        administration = None
        if self.cluster:
            secret = cluster_password or ""
            administration = Administration(self.cluster, self.cluster_user, secret)
        return Target(
            replace(self.connection, password=password or ""),
            self.platform,
            simulated=self.simulated,
            label=self.alias or None,
            administration=administration,
        )


class Register:
    """The rows; each change is on the disk when the call returns."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def all(self) -> list[Registered]:
        """Every infobase, by alias."""
        rows = self._journal.rows("SELECT * FROM registered ORDER BY key")
        return [_read(row) for row in rows]

    def find(self, alias: str) -> Registered | None:
        """The one of that name; the case of letters does not matter."""
        rows = self._journal.rows("SELECT * FROM registered WHERE key = ?", _key(alias))
        return _read(rows[0]) if rows else None

    def named(self, alias: str) -> Registered:
        """The same, or UNKNOWN_INFOBASE."""
        found = self.find(alias)
        if found is None:
            raise Failure(Code.UNKNOWN_INFOBASE, name=alias)
        return found

    def free_alias(self, name: str) -> str:
        """An alias that is not taken, as near as can be to a name that people gave."""
        plain = "".join("_" if sign in _NOT_IN_ALIAS else sign for sign in name)
        stem = " ".join(plain.lstrip("- ").split())[:_LONGEST_STEM].strip() or "1C"
        names = chain([stem], (f"{stem} ({number})" for number in count(2)))
        return next(check_alias(one) for one in names if self.find(one) is None)

    def keep(self, one: Registered) -> None:
        """Write it down in place of what had that alias."""
        values = (
            _key(one.alias),
            one.alias,
            one.infobase,
            replace(one.connection, password="", access_code="").reveal(),
            str(one.simulated) if one.simulated else None,
            one.platform,
            one.group,
            one.ring.value,
            one.policy.lock_mode,
            one.policy.backup_mode,
            utc_now(),
            one.cluster,
            one.cluster_user,
        )
        with self._journal.transaction() as db:
            db.execute(f"INSERT OR REPLACE INTO registered VALUES ({_marks(values)})", values)  # noqa: S608 - question marks

    def learn(self, alias: str, infobase: str) -> None:
        """Remember which infobase was found there."""
        with self._journal.transaction() as db:
            db.execute("UPDATE registered SET infobase = ? WHERE key = ?", (infobase, _key(alias)))

    def drop(self, alias: str) -> None:
        """Forget the name; journal and backups of the infobase stay."""
        with self._journal.transaction() as db:
            db.execute("DELETE FROM registered WHERE key = ?", (_key(alias),))


def check_alias(text: str) -> str:
    """A name that can be told from a path and from a connection string, or USAGE."""
    alias = unicodedata.normalize("NFC", text).strip()
    if not alias or len(alias) > _LONGEST_ALIAS or not alias.isprintable():
        raise usage(
            f"Имя базы — от 1 до {_LONGEST_ALIAS} знаков",
            f"The name of an infobase has 1 to {_LONGEST_ALIAS} symbols",
        )
    if _NOT_IN_ALIAS & set(alias) or alias.startswith("-"):
        raise usage(
            'В имени базы не должно быть знаков = ; " / \\ и дефиса в начале',
            'The name of an infobase must not hold = ; " / \\ nor begin with a hyphen',
        )
    return alias


def password_name(alias: str) -> str:
    """Under which name the vault keeps the password of an infobase."""
    return f"infobase:{_key(alias)}"


def cluster_password_name(alias: str) -> str:
    """Under which name the vault keeps the password of its cluster's administrator."""
    return f"cluster:{_key(alias)}"


def _key(alias: str) -> str:
    return unicodedata.normalize("NFC", alias).strip().casefold()


def _marks(values: tuple[object, ...]) -> str:
    return ", ".join("?" * len(values))


def _read(row: sqlite3.Row) -> Registered:
    try:
        return Registered(
            alias=row["alias"],
            connection=ConnectionString.parse(row["connection"]),
            infobase=row["infobase"],
            simulated=Path(row["simulated"]) if row["simulated"] else None,
            platform=row["platform"],
            group=row["group_name"],
            ring=Ring(row["ring"]),
            policy=Policy(
                LockMode(row["lock_mode"]) if row["lock_mode"] else None,
                BackupMode(row["backup_mode"]) if row["backup_mode"] else None,
            ),
            cluster=row["cluster"],
            cluster_user=row["cluster_user"],
        )
    except (ConnectionStringError, ValueError) as error:
        raise Failure(Code.HOME_UNUSABLE, path="state.db", why=_DAMAGED) from error
