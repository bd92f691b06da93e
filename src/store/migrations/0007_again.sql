-- Schema 7: a server that lost something is offered everything again in steps; what it has no place for does not wait.

-- How far a database is offered once more, while that is under way: up to which sequence of its documents.
CREATE TABLE offering (
    database TEXT    PRIMARY KEY NOT NULL,
    through  INTEGER NOT NULL CHECK (through >= 0)
) STRICT, WITHOUT ROWID;

-- Databases that the server does not have.
CREATE TABLE untaken (
    database TEXT PRIMARY KEY NOT NULL
) STRICT, WITHOUT ROWID;

-- What is old goes, whatever clock the rows before it were written under.
CREATE INDEX sync_log_at ON sync_log (at);

-- What a server refused is forgotten when it lost what it has.
CREATE INDEX rejected_write_database ON rejected_write (database);
