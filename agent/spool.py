"""Reports that wait on the disk until the server took them."""

import logging
import sqlite3
from dataclasses import dataclass

from agent.client import Client
from agent.clock import utc_now
from agent.errors import AgentError
from agent.journal import Journal
from wire import codec
from wire.reports import (
    DownloadCompletion,
    InstallReport,
    Inventory,
    ReportBatch,
    ReportBatchResponse,
    ReportResult,
    ReportStatus,
)

logger = logging.getLogger(__name__)
_REPORT, _DOWNLOAD, _INVENTORY = "report", "download", "inventory"
_BATCH = {_REPORT: 100, _DOWNLOAD: 100, _INVENTORY: 50}  # what one request may carry of each kind


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much the spool holds."""

    pending: int
    rejected: int  # the server will never take these


def put_report(db: sqlite3.Connection, server: str, report: InstallReport) -> None:
    """Keep a report, inside the transaction that ends its operation."""
    _put(db, server, (_REPORT, report.operation_id), report)


def put_download(db: sqlite3.Connection, server: str, download: DownloadCompletion) -> None:
    """Keep that a file arrived whole."""
    _put(db, server, (_DOWNLOAD, download.download_id), download)


def put_inventory(db: sqlite3.Connection, server: str, inventory: Inventory) -> None:
    """Keep what an infobase holds, in place of an earlier view of it."""
    ref = inventory.infobase.id
    db.execute("DELETE FROM spool WHERE kind = ? AND ref = ?", (_INVENTORY, ref))
    _put(db, server, (_INVENTORY, ref), inventory)


def waiting(journal: Journal) -> Waiting:
    """What was not sent yet; a view of an infobase is no news, the next one replaces it."""
    query = "SELECT count(*) - count(rejected), count(rejected) FROM spool WHERE kind <> ?"
    (row,) = journal.rows(query, _INVENTORY)
    return Waiting(row[0], row[1])


def send(journal: Journal, client: Client) -> None:
    """Give the server what belongs to it; what it cannot take now stays for the next start."""
    while rows := _next(journal, client.server):
        try:
            answer = client.report(_batch(rows))
        except AgentError as error:
            logger.warning("%d reports stay in the spool: %s", len(rows), error.code)
            answer = None
        if not _settle(journal, rows, answer):
            return


def _put(
    db: sqlite3.Connection, server: str, name: tuple[str, str], message: codec.Message
) -> None:
    db.execute(
        "INSERT OR IGNORE INTO spool (kind, ref, server, message, created_at)"
        " VALUES (?, ?, ?, ?, ?)",
        (*name, server, codec.dumps(message).decode(), utc_now()),
    )


def _next(journal: Journal, server: str) -> list[sqlite3.Row]:
    query = (
        "SELECT kind, ref, message FROM spool WHERE server = ? AND rejected IS NULL AND kind = ?"
        " ORDER BY created_at LIMIT ?"
    )
    return [row for kind, most in _BATCH.items() for row in journal.rows(query, server, kind, most)]


def _batch(rows: list[sqlite3.Row]) -> ReportBatch:
    texts = [(row["kind"], row["message"].encode()) for row in rows]
    return ReportBatch(
        reports=[codec.loads(InstallReport, text) for kind, text in texts if kind == _REPORT],
        downloads=[
            codec.loads(DownloadCompletion, text) for kind, text in texts if kind == _DOWNLOAD
        ],
        inventory=[codec.loads(Inventory, text) for kind, text in texts if kind == _INVENTORY],
    )


def _settle(journal: Journal, rows: list[sqlite3.Row], answer: ReportBatchResponse | None) -> bool:
    """Write down what became of them; False if nothing moved."""
    results: dict[tuple[str, str | None], ReportResult] = {}
    for result in answer.results if answer else []:
        results[_REPORT, result.operation_id] = result
        results[_DOWNLOAD, result.download_id] = result
    moved = False
    with journal.transaction() as db:
        for row in rows:
            name = (row["kind"], row["ref"])
            found = results.get(name)
            is_taken = answer is not None and row["kind"] == _INVENTORY  # has no result of its own
            moved = moved or is_taken or found is not None
            if is_taken:
                db.execute("DELETE FROM spool WHERE kind = ? AND ref = ?", name)
            elif found is None:
                sql = "UPDATE spool SET attempts = attempts + 1 WHERE kind = ? AND ref = ?"
                db.execute(sql, name)
            elif found.status is ReportStatus.REJECTED:
                logger.warning("the server rejected %s %s: %s", *name, found.code)
                sql = "UPDATE spool SET rejected = ? WHERE kind = ? AND ref = ?"
                db.execute(sql, (found.code or "REJECTED", *name))
            else:
                db.execute("DELETE FROM spool WHERE kind = ? AND ref = ?", name)
    return moved
