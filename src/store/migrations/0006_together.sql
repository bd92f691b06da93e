-- Schema 6: what a register knows of others: whole revision trees, what the server has, what it said, and what waits.
-- Instants are RFC 3339 text; one that SQL must compare is in milliseconds since 1970.

-- What waited, without what was frozen: that was shown to no server, and is gone before the documents are written anew,
-- so that the file need not grow by it.
CREATE TABLE waited (
    doc_id            TEXT    PRIMARY KEY NOT NULL,
    queue_seq         INTEGER NOT NULL,
    lane              TEXT    NOT NULL,
    of_order          TEXT,
    queued_at         TEXT    NOT NULL,
    retry_count       INTEGER NOT NULL,
    last_sync_attempt TEXT,
    sync_completed_at TEXT,
    last_error        TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO waited (doc_id, queue_seq, lane, of_order, queued_at, retry_count, last_sync_attempt, sync_completed_at,
                    last_error)
SELECT doc_id, queue_seq, lane, of_order, queued_at, retry_count, last_sync_attempt, sync_completed_at, last_error
FROM outbox JOIN document USING (doc_id);
DROP TABLE outbox;

-- Documents as they travel: all that is known of their revisions, and what the winner says.
CREATE TABLE document_6 (
    doc_id       TEXT    PRIMARY KEY NOT NULL,
    database     TEXT    NOT NULL,
    doc_type     TEXT    NOT NULL,       -- what the body says it is; may be a type that this program does not know
    of_order     TEXT,                   -- the order that a payment pays
    rev          TEXT    NOT NULL,       -- the winner
    deleted      INTEGER NOT NULL CHECK (deleted IN (0, 1)),  -- the winner is a tombstone
    accepted     INTEGER NOT NULL CHECK (accepted IN (0, 1)), -- the winner has the server's id
    seq          INTEGER NOT NULL,       -- a new, higher one with every change; one counter for all databases
    unsent_seq   INTEGER,                -- since which change the server lacks the winner or did not accept it
    unsent_since TEXT,                   -- and since when
    flaw         TEXT,                   -- why the winner's body does not read; then no list shows it
    at_server    TEXT    NOT NULL,       -- JSON: the leaves that the server is known to have
    tree         TEXT    NOT NULL,       -- JSON: RevisionTree::to_branches
    body         TEXT    NOT NULL,       -- JSON
    UNIQUE (database, seq),
    CHECK ((unsent_seq IS NULL) = (unsent_since IS NULL))
) STRICT;
INSERT INTO document_6 (doc_id, database, doc_type, of_order, rev, deleted, accepted, seq, unsent_seq, unsent_since,
                        at_server, tree, body)
SELECT doc_id, 'orders', doc_type, document.of_order, rev, 0, 0, seq, COALESCE(queue_seq, seq),
       COALESCE(queued_at, JSON_EXTRACT(body, '$.created_at')), '[]', '[{"revs":' || history || '}]', body
FROM document LEFT JOIN waited USING (doc_id);

-- What the server must accept: one row a document, frozen when the document is first written.
CREATE TABLE outbox_6 (
    queue_seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    doc_id            TEXT    NOT NULL UNIQUE REFERENCES document_6 (doc_id),
    lane              TEXT    NOT NULL CHECK (lane IN ('orders', 'payments')),
    of_order          TEXT,              -- the order that a payment pays
    waits             INTEGER NOT NULL CHECK (waits IN (0, 1)), -- the server has not accepted that order yet
    state             TEXT    NOT NULL CHECK (state IN ('queued', 'review', 'closed', 'done')),
    payload           TEXT,              -- none: what the document says when it is asked for
    queued_at         TEXT    NOT NULL,
    retry_count       INTEGER NOT NULL DEFAULT 0 CHECK (retry_count >= 0), -- rejections
    failures          INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0),    -- of the line or the server, in a row
    not_before        INTEGER,           -- milliseconds since 1970
    last_sync_attempt TEXT,
    sync_completed_at TEXT,
    last_error        TEXT,
    server_id         TEXT,              -- what the server calls it
    CHECK ((sync_completed_at IS NULL) = (state <> 'done'))
) STRICT;
INSERT INTO outbox_6 (queue_seq, doc_id, lane, of_order, waits, state, queued_at, retry_count, last_sync_attempt,
                      sync_completed_at, last_error)
SELECT queue_seq, doc_id, lane, of_order,
       of_order IS NOT NULL AND NOT EXISTS (SELECT 1 FROM waited AS paid WHERE paid.doc_id = waited.of_order
                                            AND paid.sync_completed_at IS NOT NULL),
       CASE WHEN sync_completed_at IS NULL THEN 'queued' ELSE 'done' END,
       queued_at, retry_count, last_sync_attempt, sync_completed_at, last_error
FROM waited ORDER BY queue_seq;

DROP TABLE waited;
DROP TABLE document;
ALTER TABLE document_6 RENAME TO document;
ALTER TABLE outbox_6 RENAME TO outbox;
CREATE INDEX document_of_order ON document (of_order, seq) WHERE of_order IS NOT NULL;
CREATE INDEX document_unsent ON document (unsent_seq) WHERE unsent_seq IS NOT NULL;
CREATE INDEX document_unread ON document (seq) WHERE flaw IS NOT NULL;
CREATE INDEX document_conflicts ON document (seq) WHERE doc_type = 'conflict';
CREATE INDEX outbox_queued ON outbox (lane, waits, queue_seq) WHERE state = 'queued';
CREATE INDEX outbox_postponed ON outbox (lane, not_before) WHERE state = 'queued' AND not_before IS NOT NULL;
CREATE INDEX outbox_of_order ON outbox (of_order) WHERE of_order IS NOT NULL;

-- A payment waits for its order: for the submission of one that was sold here, for the server's id in any other.
CREATE TRIGGER order_is_submitted AFTER UPDATE OF state ON outbox WHEN NEW.lane = 'orders' AND NEW.state <> OLD.state
BEGIN UPDATE outbox SET waits = NEW.state <> 'done' WHERE of_order = NEW.doc_id; END;
CREATE TRIGGER order_comes_accepted AFTER INSERT ON document WHEN NEW.accepted = 1
BEGIN UPDATE outbox SET waits = 0 WHERE of_order = NEW.doc_id; END;
CREATE TRIGGER order_is_accepted AFTER UPDATE OF accepted ON document WHEN NEW.accepted <> OLD.accepted
BEGIN UPDATE outbox SET waits = NEW.accepted = 0 WHERE of_order = NEW.doc_id
      AND NOT EXISTS (SELECT 1 FROM outbox AS own WHERE own.doc_id = NEW.doc_id); END;

-- What the leaves say that do not win.
CREATE TABLE leaf_body (
    doc_id TEXT NOT NULL REFERENCES document (doc_id),
    rev    TEXT NOT NULL,
    body   TEXT NOT NULL,
    PRIMARY KEY (doc_id, rev)
) STRICT, WITHOUT ROWID;

-- How many documents wait for the server: counted as they come and go.
UPDATE meta SET unsent = (SELECT COUNT(*) FROM document WHERE unsent_seq IS NOT NULL);
CREATE TRIGGER unsent_gains AFTER INSERT ON document WHEN NEW.unsent_seq IS NOT NULL
BEGIN UPDATE meta SET unsent = unsent + 1; END;
CREATE TRIGGER unsent_changes AFTER UPDATE OF unsent_seq ON document
WHEN (OLD.unsent_seq IS NULL) <> (NEW.unsent_seq IS NULL)
BEGIN UPDATE meta SET unsent = unsent + CASE WHEN NEW.unsent_seq IS NULL THEN -1 ELSE 1 END; END;
CREATE TRIGGER unsent_loses AFTER DELETE ON document WHEN OLD.unsent_seq IS NOT NULL
BEGIN UPDATE meta SET unsent = unsent - 1; END;

-- One row an order, for lists. Those of other registers have their numbers, and two of them may be equal.
CREATE TABLE order_row_6 (
    opened_seq    INTEGER PRIMARY KEY AUTOINCREMENT,
    order_id      TEXT    NOT NULL UNIQUE,
    local_number  TEXT    NOT NULL,
    business_date TEXT    NOT NULL,
    own           INTEGER CHECK (own = 1), -- it was opened here; else none: unequal to any other
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
    making        INTEGER NOT NULL CHECK (making IN (0, 1)), -- a line is under way
    done_seq      INTEGER,               -- its document's sequence, once it was sent and nothing is under way
    refunded      INTEGER NOT NULL CHECK (refunded >= 0),
    UNIQUE (business_date, local_number, own)
) STRICT;
INSERT INTO order_row_6 (opened_seq, order_id, local_number, business_date, own, order_type, table_name, customer_name,
                         due_at, total, balance, state, is_open, paid_seq, opened_by, created_at, updated_at, making,
                         done_seq, refunded)
SELECT opened_seq, order_id, local_number, business_date, 1, order_type, table_name, customer_name,
       due_at, total, balance, state, is_open, paid_seq, opened_by, created_at, updated_at, making,
       done_seq, refunded FROM order_row;
DROP TABLE order_row;
ALTER TABLE order_row_6 RENAME TO order_row;
CREATE INDEX order_row_open ON order_row (opened_seq) WHERE is_open = 1;
CREATE INDEX order_row_paid ON order_row (paid_seq) WHERE paid_seq IS NOT NULL;
CREATE INDEX order_row_making ON order_row (business_date, opened_seq) WHERE making = 1;
CREATE INDEX order_row_done ON order_row (done_seq) WHERE done_seq IS NOT NULL;

-- Documents that are not replicated: checkpoints.
CREATE TABLE local_document (
    id   TEXT PRIMARY KEY NOT NULL,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Revisions that the server did not take.
CREATE TABLE rejected_write (
    reject_seq INTEGER PRIMARY KEY AUTOINCREMENT,
    doc_id     TEXT NOT NULL,
    rev        TEXT NOT NULL,
    database   TEXT NOT NULL,
    error      TEXT NOT NULL,            -- in CouchDB's word
    reason     TEXT NOT NULL,
    at         TEXT NOT NULL,
    UNIQUE (doc_id, rev)
) STRICT;

-- What a manager must look at.
CREATE TABLE review (
    review_seq INTEGER PRIMARY KEY AUTOINCREMENT,
    doc_id     TEXT NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('rejected', 'merged', 'quarantined')),
    reason     TEXT NOT NULL,
    since      TEXT NOT NULL,
    closed_at  TEXT,
    closed_why TEXT
) STRICT;
CREATE UNIQUE INDEX review_open ON review (doc_id, kind) WHERE closed_at IS NULL;
CREATE INDEX review_newest ON review (review_seq) WHERE closed_at IS NULL;

-- One row a round of a lane, and their sums, so that nobody counts them.
CREATE TABLE sync_log (
    log_seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    lane        TEXT    NOT NULL,
    success     INTEGER NOT NULL CHECK (success IN (0, 1)),
    duration_ms INTEGER NOT NULL CHECK (duration_ms >= 0),
    items_count INTEGER NOT NULL CHECK (items_count >= 0),
    at          INTEGER NOT NULL,        -- milliseconds since 1970
    at_offset   INTEGER NOT NULL,        -- minutes
    note        TEXT
) STRICT;
CREATE TABLE sync_sum (
    only_row     INTEGER PRIMARY KEY CHECK (only_row = 1),
    total        INTEGER NOT NULL DEFAULT 0,
    successful   INTEGER NOT NULL DEFAULT 0,
    duration_ms  INTEGER NOT NULL DEFAULT 0,
    last_success TEXT
) STRICT;
INSERT INTO sync_sum (only_row) VALUES (1);
CREATE TRIGGER sync_log_gains AFTER INSERT ON sync_log
BEGIN UPDATE sync_sum SET total = total + 1, successful = successful + NEW.success,
                          duration_ms = duration_ms + NEW.duration_ms; END;
CREATE TRIGGER sync_log_loses AFTER DELETE ON sync_log
BEGIN UPDATE sync_sum SET total = total - 1, successful = successful - OLD.success,
                          duration_ms = duration_ms - OLD.duration_ms; END;

-- How much of the server's menu is here.
CREATE TABLE menu_mark (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    cursor   TEXT,
    etag     TEXT
) STRICT;
INSERT INTO menu_mark (only_row) VALUES (1);

ALTER TABLE meta ADD COLUMN server_time TEXT;   -- the last that a server told
ALTER TABLE meta ADD COLUMN pruned_before TEXT; -- business dates before it: what is over and not here stays away
ALTER TABLE log ADD COLUMN settled INTEGER NOT NULL DEFAULT 0 CHECK (settled >= 0); -- see Store::settle
