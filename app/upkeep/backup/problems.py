"""What keeps a backup from being taken or restored."""

from app.kit.i18n import N_
from app.kit.problems import Problem


class BackupNotFound(Problem):
    """The folder holds no finished backup: another folder, or only one that was cut."""

    code, title, status = "BACKUP_NOT_FOUND", N_("There is no backup in {folder}"), 404
    step = N_("Name the folder that `podkluch backup` wrote, or one of the backups in it")


class BackupDamaged(Problem):
    """Some bytes are not those that were backed up."""

    code, title, status = "BACKUP_DAMAGED", N_("The backup is damaged: {files}"), 422
    step = N_("Restore an older one; `--skip-damaged` does without damaged files of releases")


class BackupTooNew(Problem):
    """Taken by a later version of the program, whose schema or layout is unknown here."""

    code, title, status = "BACKUP_TOO_NEW", N_("The backup is newer than this program"), 409
    step = N_("Update the program first; the backup says: {found}")


class BackupOfOtherMaster(Problem):
    """Sealed copies in it would stay closed for ever."""

    code, title, status = "BACKUP_OF_OTHER_MASTER", N_("MASTER is not that of the backup"), 409
    step = N_(
        "`podkluch master restore` with the words of {kids}; if they are lost, `--other-master`"
    )


class BackupFolderUnsafe(Problem):
    """A backup that would carry MASTER or the keys of a root opens everything for its thief."""

    code, title, status = "BACKUP_FOLDER_UNSAFE", N_("Secrets lie in the backup's folder"), 409
    step = N_("Keep {found} and backups apart: name another folder")


class BackupRunning(Problem):
    """Somebody else takes a backup of this database now."""

    code, title, status = "BACKUP_RUNNING", N_("Another backup is being taken"), 409
    action = "wait"


class DatabaseNotEmpty(Problem):
    """Only an empty database takes a backup: nothing is ever overwritten."""

    code, title, status = "DATABASE_NOT_EMPTY", N_("The database is not empty"), 409
    step = N_(
        "Give a new database; one that PostgreSQL has recovered itself takes `--keep-database`"
    )


class DatabaseIsEmpty(Problem):
    """`--keep-database` is for one that PostgreSQL has recovered; here is none."""

    code, title, status = "DATABASE_IS_EMPTY", N_("The database is empty"), 409
    step = N_("Without `--keep-database` it is filled from the backup")


class RestoreUnfinished(Problem):
    """A restoration from another backup was cut here and waits to be finished."""

    code, title, status = "RESTORE_UNFINISHED", N_("A restoration was not finished here"), 409
    step = N_("Repeat `podkluch restore` with {backup}, or give a new database")


class ProgramsMissing(Problem):
    """No pg_dump and pg_restore that can be used with the server."""

    code, title, status = "PROGRAMS_MISSING", N_("PostgreSQL programs are missing or too old"), 500
    step = N_("PostgreSQL {server} needs programs of that version or newer; found: {found}")


class ProgramFailed(Problem):
    """One of PostgreSQL's programs refused; its own words say why."""

    code, title, status = "PROGRAM_FAILED", N_("{program} did not succeed"), 500
