"""The checks of the server's health in words: on pages, in banners and in letters."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from app.kit.i18n import N_

SCHEDULE: Final = "health"
"""The regular look at all checks."""


class State(IntEnum):
    """The worst of several is the largest."""

    OK = 0
    WARN = 1
    FAIL = 2

    @property
    def word(self) -> str:
        """How rows and programs spell it."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Check:
    """What a check looks after, what is wrong if it is not in order, and what to do about it."""

    good: str
    trouble: str
    advice: str


CHECKS: Final[Mapping[str, Check]] = {
    "disk_free": Check(
        N_("Room for files"),
        N_("Room for files runs out"),
        N_("Uploads fail first. Free some room, or give the server a larger disk."),
    ),
    "storage": Check(
        N_("Storage of files"),
        N_("Files cannot be stored"),
        N_(
            "No release can be uploaded: look at the rights of its folder, or whether the bucket "
            "answers."
        ),
    ),
    "master": Check(
        N_("The secret MASTER is in its place"),
        N_("The file of MASTER is gone"),
        N_("The server would not start again. podkluch master restore makes it from the words."),
    ),
    "master_words": Check(
        N_("The words of MASTER are written down"),
        N_("The MASTER secret is not written down"),
        N_(
            "Without its words a copy of the database opens no key. An owner confirms that they "
            "are kept, or reads what helps if they were missed."
        ),
    ),
    "oldest_due_job": Check(
        N_("Jobs are done in time"),
        N_("Letters and other jobs wait for too long"),
        N_("The worker does not run or cannot keep up: look at podkluch worker and its log."),
    ),
    "dead_letters": Check(
        N_("No job has failed for good"),
        N_("Some jobs failed every time"),
        N_("Look at the reason and try again."),
    ),
    "schedule_overdue": Check(
        N_("Regular work is done in time"),
        N_("Regular work is not done in time"),
        N_("The system page names what is late: look at podkluch worker and its log."),
    ),
    "quarantined_artifacts": Check(
        N_("No file is damaged"),
        N_("Files of releases are missing or damaged"),
        N_("Nobody can download them: put them back from a backup, or upload them again."),
    ),
    "audit_chain_verified": Check(
        N_("The audit chain was checked and is whole"),
        N_("The audit log was not proved whole"),
        N_("Its last check found a fault, or was more than a day ago: podkluch check tells which."),
    ),
    "trust_timestamp": Check(
        N_("Releases are signed anew every day"),
        N_("Releases are not signed anew"),
        N_(
            "Agents soon stop installing: the regular work does not run, or signing fails. Look "
            "at podkluch worker and its log."
        ),
    ),
    "trust_root": Check(
        N_("The root of trust lasts"),
        N_("The root of trust ends soon"),
        N_(
            "Renew it by podkluch trust renew, with the keys of the root: without it agents take "
            "nothing new."
        ),
    ),
    "trust_resigning": Check(
        N_("The last signing went well"),
        N_("The last signing failed"),
        N_(
            "Releases keep the signatures of before until they run out. The log of podkluch "
            "worker tells why."
        ),
    ),
    "clock": Check(
        N_("The clocks agree"),
        N_("The clocks of the server and of its database differ"),
        N_("Terms are counted wrongly: let both hosts set their clocks by NTP."),
    ),
    "last_backup": Check(
        N_("Backups are taken every day"),
        N_("No backup has been taken for more than a day"),
        N_(
            "What was written since would be lost with this server: run podkluch backup, and see "
            "whether its timer works."
        ),
    ),
    "wal_archive": Check(
        N_("Changes of the database are copied to another volume, where that is set up"),
        N_("Changes of the database are not copied in time"),
        N_(
            "What the receiver of WAL lacks would be lost with the database's disk: see whether "
            "it runs."
        ),
    ),
    "unknown_keys": Check(
        N_("Nobody tries out keys"),
        N_("Somebody tries out keys from many networks"),
        N_("Guessing finds none, but look where from, and let nginx turn these networks away."),
    ),
}
"""By the names that /health gives them."""
