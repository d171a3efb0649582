"""Takes back what others have committed: triggers write down every changed row.

The servers keep their connections meanwhile, which a fresh copy of the database would not allow.
"""

from sqlalchemy import Connection, text

LOG = """
CREATE SCHEMA undo;
CREATE UNLOGGED TABLE undo.log (n bigserial PRIMARY KEY, t regclass, old text, new text);
CREATE TABLE undo.tables (t regclass PRIMARY KEY, pk text, names text);
INSERT INTO undo.tables
SELECT c.oid,
    (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_index i
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
     WHERE i.indrelid = c.oid AND i.indisprimary),
    (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a
     WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '')
FROM pg_class c WHERE c.relnamespace = CAST('public' AS regnamespace) AND c.relkind = 'r';
CREATE TABLE undo.functions AS
SELECT oid FROM pg_proc WHERE pronamespace = CAST('public' AS regnamespace);
CREATE FUNCTION undo.note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO undo.log (t, old, new) VALUES (
        TG_RELID,
        CASE WHEN TG_OP <> 'INSERT' THEN CAST(OLD AS text) END,
        CASE WHEN TG_OP <> 'DELETE' THEN CAST(NEW AS text) END
    );
    RETURN NULL;
END $$;
DO $$
DECLARE each record;
BEGIN
    FOR each IN SELECT t FROM undo.tables LOOP
        EXECUTE format('CREATE TRIGGER zz_undo AFTER INSERT OR UPDATE OR DELETE ON %s '
                       'FOR EACH ROW EXECUTE FUNCTION undo.note()', each.t);
    END LOOP;
END $$;
"""

ROWS = """
-- As a replica, PostgreSQL fires no trigger and looks at no reference: rows come back as they went.
CREATE FUNCTION undo.rows(mark bigint) RETURNS void LANGUAGE plpgsql
SET session_replication_role = replica AS $$
DECLARE each record;
BEGIN
    FOR each IN
        SELECT * FROM undo.log JOIN undo.tables USING (t) WHERE n > mark ORDER BY n DESC
    LOOP
        IF each.new IS NOT NULL THEN
            EXECUTE format('DELETE FROM %s WHERE (%s) = (SELECT %s FROM (SELECT '
                '(CAST($1 AS %s)).*) r)', each.t, each.pk, each.pk, each.t) USING each.new;
        END IF;
        IF each.old IS NOT NULL THEN
            EXECUTE format('INSERT INTO %s (%s) SELECT %s FROM (SELECT (CAST($1 AS %s)).*) r',
                each.t, each.names, each.names, each.t) USING each.old;
        END IF;
    END LOOP;
    DELETE FROM undo.log WHERE n > mark;
END $$;
CREATE FUNCTION undo.sabotage() RETURNS void LANGUAGE plpgsql AS $$
DECLARE each record;
BEGIN
    FOR each IN SELECT CAST(oid AS regprocedure) AS f FROM pg_proc
        WHERE pronamespace = CAST('public' AS regnamespace)
        AND oid NOT IN (SELECT oid FROM undo.functions)
    LOOP
        EXECUTE format('DROP FUNCTION %s CASCADE', each.f);
    END LOOP;
    FOR each IN SELECT CAST(tgrelid AS regclass) AS t, tgname FROM pg_trigger
        WHERE tgenabled = 'D' AND NOT tgisinternal
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE TRIGGER %I', each.t, each.tgname);
    END LOOP;
END $$;
"""


def prepare(connection: Connection) -> None:
    """From here on changes are written down."""
    driver = connection.connection.driver_connection
    for script in (LOG, ROWS):
        driver.execute(script)


def mark(connection: Connection) -> int:
    """The present, to come back to."""
    return int(connection.scalar(text("SELECT coalesce(max(n), 0) FROM undo.log")) or 0)


def back(connection: Connection, to: int = 0) -> None:
    """Everything is as it was at that mark: rows, triggers, functions."""
    connection.execute(text("SELECT undo.sabotage()"))
    connection.execute(text("SELECT undo.rows(:mark)"), {"mark": to})
