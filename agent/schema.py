"""The tables of `state.db`, as steps that lead from one version of the agent to the next."""

_FIRST = """
CREATE TABLE infobases (
    id TEXT PRIMARY KEY, place TEXT NOT NULL UNIQUE, label TEXT NOT NULL, known_since TEXT NOT NULL
) STRICT;
CREATE TABLE operations (
    id TEXT PRIMARY KEY, infobase TEXT NOT NULL REFERENCES infobases, server TEXT NOT NULL,
    onec_name TEXT NOT NULL, plan TEXT NOT NULL, started_at TEXT NOT NULL,
    finished_at TEXT, outcome TEXT, code TEXT, found TEXT
) STRICT;
CREATE TABLE steps (
    operation TEXT NOT NULL REFERENCES operations, seq INTEGER NOT NULL, state TEXT NOT NULL,
    entered_at TEXT NOT NULL, left_at TEXT, detail TEXT NOT NULL DEFAULT '{}',
    PRIMARY KEY (operation, seq)
) STRICT;
CREATE TABLE backups (
    operation TEXT PRIMARY KEY REFERENCES operations, made_at TEXT NOT NULL,
    path TEXT, sha256 TEXT, extension TEXT
) STRICT;
CREATE TABLE consents (
    operation TEXT NOT NULL REFERENCES operations, infobase TEXT NOT NULL REFERENCES infobases,
    onec_name TEXT NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL,
    given_by TEXT NOT NULL, given_at TEXT NOT NULL, PRIMARY KEY (operation, kind)
) STRICT;
CREATE TABLE releases (
    hash_sum TEXT PRIMARY KEY, release_id TEXT NOT NULL, version TEXT NOT NULL,
    artifact_sha256 TEXT NOT NULL
) STRICT;
CREATE TABLE spool (
    kind TEXT NOT NULL, ref TEXT NOT NULL, server TEXT NOT NULL, message TEXT NOT NULL,
    created_at TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, rejected TEXT,
    PRIMARY KEY (kind, ref)
) STRICT;
"""
_TICKS = """
CREATE TABLE ticks (
    operation TEXT NOT NULL REFERENCES operations, step INTEGER NOT NULL,
    done_by TEXT NOT NULL, done_at TEXT NOT NULL, PRIMARY KEY (operation, step)
) STRICT;
"""
_REGISTER = """
CREATE TABLE registered (
    key TEXT PRIMARY KEY, alias TEXT NOT NULL, infobase TEXT REFERENCES infobases,
    connection TEXT NOT NULL, simulated TEXT, platform TEXT, group_name TEXT,
    ring TEXT NOT NULL, lock_mode TEXT, backup_mode TEXT, changed_at TEXT NOT NULL
) STRICT;
CREATE TABLE rebinds (
    server TEXT NOT NULL, product TEXT NOT NULL, old TEXT NOT NULL, activation TEXT NOT NULL,
    PRIMARY KEY (server, product, old)
) STRICT;
"""
_CLUSTERS = """
ALTER TABLE registered ADD COLUMN cluster TEXT;
ALTER TABLE registered ADD COLUMN cluster_user TEXT NOT NULL DEFAULT '';
"""
STEPS = (_FIRST, _TICKS, _REGISTER, _CLUSTERS)
"""In order, each applied once; what is on somebody's computer is never edited here."""
