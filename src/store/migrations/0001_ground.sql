-- Schema 1: all that a register keeps. Migrations are added, never edited.
-- Instants are RFC 3339 text; order is kept by sequences, never by time. Money is in minor units.

-- Who this store is, and its counters. One row.
CREATE TABLE meta (
    only_row          INTEGER PRIMARY KEY CHECK (only_row = 1),
    store_id          TEXT    NOT NULL,
    epoch             INTEGER NOT NULL CHECK (epoch >= 1),               -- one more with every restore
    pin_salt          BLOB    NOT NULL CHECK (LENGTH(pin_salt) = 16),
    business_date     TEXT,                                              -- the latest that a number was taken on
    business_sequence INTEGER NOT NULL CHECK (business_sequence >= 0),   -- the last number taken on it
    document_seq      INTEGER NOT NULL CHECK (document_seq >= 0),        -- the last one given to a document
    journal_seq       INTEGER NOT NULL CHECK (journal_seq >= 0),         -- the last row of the journal and its hash:
    journal_hash      BLOB    NOT NULL CHECK (LENGTH(journal_hash) = 32) -- a journal cut short is noticed
) STRICT;

CREATE TABLE staff (
    staff_id TEXT    PRIMARY KEY NOT NULL,
    name     TEXT    NOT NULL,
    role     TEXT    NOT NULL CHECK (role IN ('cashier', 'manager')),
    pin_hash TEXT    NOT NULL,
    active   INTEGER NOT NULL CHECK (active IN (0, 1))
) STRICT;
-- A PIN says who somebody is, so no two people who work here have the same.
CREATE UNIQUE INDEX staff_by_pin ON staff (pin_hash) WHERE active = 1;
CREATE INDEX staff_by_name ON staff (name, staff_id);

CREATE TABLE lockout (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    wrong    INTEGER NOT NULL CHECK (wrong >= 0),
    until    TEXT
) STRICT;
INSERT INTO lockout (only_row, wrong, until) VALUES (1, 0, NULL);

-- Every fact, in order, each bound to the one before it (domain::journal::chain).
CREATE TABLE journal (
    seq           INTEGER PRIMARY KEY,
    at_unix_ms    INTEGER NOT NULL,
    at_offset_min INTEGER NOT NULL,
    staff         TEXT,
    kind          TEXT    NOT NULL,
    order_id      TEXT,
    details       TEXT    NOT NULL,
    hash          BLOB    NOT NULL CHECK (LENGTH(hash) = 32)
) STRICT;
CREATE TRIGGER journal_takes_the_next_row_only BEFORE INSERT ON journal
WHEN NEW.seq <> (SELECT COALESCE(MAX(seq), 0) + 1 FROM journal)
BEGIN SELECT RAISE(ABORT, 'the journal takes only the next row'); END;
CREATE TRIGGER journal_is_never_changed BEFORE UPDATE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal is never changed'); END;
CREATE TRIGGER journal_is_never_cut BEFORE DELETE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal is never cut'); END;

-- Documents as they travel: the winning body, and the names of the revisions that led to it.
CREATE TABLE document (
    doc_id   TEXT    PRIMARY KEY NOT NULL,
    doc_type TEXT    NOT NULL,
    of_order TEXT,                       -- the order that a payment pays
    rev      TEXT    NOT NULL,
    history  TEXT    NOT NULL,           -- JSON: revisions, newest first, `rev` itself included
    body     TEXT    NOT NULL,           -- canonical JSON
    seq      INTEGER NOT NULL UNIQUE     -- a new, higher one with every change
) STRICT;
CREATE INDEX document_of_order ON document (of_order, seq) WHERE of_order IS NOT NULL;

-- What the server must accept: one row a document, frozen when the document is first written.
CREATE TABLE outbox (
    queue_seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    doc_id            TEXT    NOT NULL UNIQUE REFERENCES document (doc_id),
    lane              TEXT    NOT NULL CHECK (lane IN ('orders', 'payments')),
    revision          TEXT    NOT NULL,
    payload           TEXT    NOT NULL,
    queued_at         TEXT    NOT NULL,
    retry_count       INTEGER NOT NULL DEFAULT 0 CHECK (retry_count >= 0),
    last_sync_attempt TEXT,
    sync_completed_at TEXT,
    last_error        TEXT
) STRICT;
CREATE INDEX outbox_unsent ON outbox (queue_seq) WHERE sync_completed_at IS NULL;

-- What was entered and not yet sent. The highest step holds; undo takes it away; step 0 is the bottom.
CREATE TABLE draft (
    order_id TEXT    NOT NULL,
    step     INTEGER NOT NULL CHECK (step >= 0),
    body     TEXT    NOT NULL,
    PRIMARY KEY (order_id, step)
) STRICT, WITHOUT ROWID;

-- One row an order, for lists; written anew with every change of the order, its draft or its payments.
CREATE TABLE order_row (
    opened_seq    INTEGER PRIMARY KEY AUTOINCREMENT,
    order_id      TEXT    NOT NULL UNIQUE,
    local_number  TEXT    NOT NULL,
    business_date TEXT    NOT NULL,
    order_type    TEXT    NOT NULL,
    table_name    TEXT,
    customer_name TEXT,
    due_at        TEXT,
    total         INTEGER NOT NULL,
    balance       INTEGER NOT NULL,
    state         TEXT    NOT NULL
                  CHECK (state IN ('draft', 'sent', 'sent_with_draft', 'part_paid', 'paid', 'cancelled')),
    is_open       INTEGER NOT NULL CHECK (is_open IN (0, 1)),
    paid_seq      INTEGER,               -- the sequence of its last payment, once it is paid
    opened_by     TEXT    NOT NULL,
    created_at    TEXT    NOT NULL,
    updated_at    TEXT    NOT NULL,
    UNIQUE (local_number, business_date)
) STRICT;
CREATE INDEX order_row_open ON order_row (opened_seq) WHERE is_open = 1;
CREATE INDEX order_row_paid ON order_row (paid_seq) WHERE paid_seq IS NOT NULL;

CREATE TABLE menu (
    version     INTEGER PRIMARY KEY,
    body        TEXT NOT NULL,           -- the exchange format
    imported_at TEXT NOT NULL
) STRICT;

-- The print queue. Jobs of one printer are printed in the order of their numbers.
CREATE TABLE spool (
    job_id      INTEGER PRIMARY KEY AUTOINCREMENT,
    printer     TEXT    NOT NULL,
    slip        TEXT    NOT NULL,        -- JSON
    order_id    TEXT,
    state       TEXT    NOT NULL CHECK (state IN ('queued', 'sending', 'printed', 'unconfirmed', 'failed')),
    attempts    INTEGER NOT NULL CHECK (attempts >= 0),
    duplicate   INTEGER NOT NULL CHECK (duplicate IN (0, 1)),
    queued_at   TEXT    NOT NULL,
    not_before  TEXT,
    last_error  TEXT,
    finished_at TEXT,
    dismissed_at TEXT,                   -- when somebody took note of a job that was given up
    CHECK ((finished_at IS NULL) = (state IN ('queued', 'sending')))
) STRICT;
CREATE INDEX spool_unfinished ON spool (printer, job_id) WHERE finished_at IS NULL;
CREATE INDEX spool_failed ON spool (printer) WHERE state = 'failed' AND dismissed_at IS NULL;
CREATE INDEX spool_of_order ON spool (order_id) WHERE order_id IS NOT NULL;

-- What the cashier has in hand. One row.
CREATE TABLE desk (
    only_row       INTEGER PRIMARY KEY CHECK (only_row = 1),
    order_id       TEXT,
    cursor_line_id TEXT,
    last_paid      TEXT,
    staff_id       TEXT,                 -- who is logged in: a restart within the idle time keeps the session
    touched_at     TEXT,                 -- when the desk last changed
    boot_id        TEXT                  -- the kernel's boot under which this register last started
) STRICT;
INSERT INTO desk (only_row) VALUES (1);
