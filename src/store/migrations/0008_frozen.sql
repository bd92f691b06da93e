-- Schema 8: an order that is sent costs less. What is submitted is written once: while the revision that was frozen
-- stands as it is, its document holds it. And what SQLite does beside each new row for nothing is left: a list of words
-- in a CHECK is a table of its own that is made and thrown away with every row, AUTOINCREMENT is a second table to keep,
-- and where a trigger waits for a new row every page that is written is kept, to take back half of it.

-- The program counts new documents itself, and lets payments go.
DROP TRIGGER unsent_gains;
DROP TRIGGER order_comes_accepted;

DROP TRIGGER order_is_accepted;
CREATE TABLE outbox_8 (
    queue_seq         INTEGER PRIMARY KEY,
    doc_id            TEXT    NOT NULL UNIQUE REFERENCES document (doc_id),
    lane              TEXT    NOT NULL CHECK (lane = 'orders' OR lane = 'payments'),
    of_order          TEXT,              -- the order that a payment pays
    waits             INTEGER NOT NULL CHECK (waits = 0 OR waits = 1), -- the server has not accepted that order yet
    state             TEXT    NOT NULL CHECK (state = 'queued' OR state = 'review' OR state = 'closed' OR state = 'done'),
    frozen_rev        TEXT,              -- what is submitted, while it is a leaf of the document
    payload           TEXT,              -- what is submitted since; none of both: what the document says when it is asked
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
INSERT INTO outbox_8 (queue_seq, doc_id, lane, of_order, waits, state, payload, queued_at, retry_count, failures,
                      not_before, last_sync_attempt, sync_completed_at, last_error, server_id)
SELECT queue_seq, doc_id, lane, of_order, waits, state, payload, queued_at, retry_count, failures,
       not_before, last_sync_attempt, sync_completed_at, last_error, server_id FROM outbox;
DROP TABLE outbox;
ALTER TABLE outbox_8 RENAME TO outbox;
CREATE INDEX outbox_queued ON outbox (lane, waits, queue_seq) WHERE state = 'queued';
CREATE INDEX outbox_postponed ON outbox (lane, not_before) WHERE state = 'queued' AND not_before IS NOT NULL;
CREATE INDEX outbox_of_order ON outbox (of_order) WHERE of_order IS NOT NULL;
CREATE TRIGGER order_is_submitted AFTER UPDATE OF state ON outbox WHEN NEW.lane = 'orders' AND NEW.state <> OLD.state
BEGIN UPDATE outbox SET waits = NEW.state <> 'done' WHERE of_order = NEW.doc_id; END;
CREATE TRIGGER order_is_accepted AFTER UPDATE OF accepted ON document WHEN NEW.accepted <> OLD.accepted
BEGIN UPDATE outbox SET waits = NEW.accepted = 0 WHERE of_order = NEW.doc_id
      AND NOT EXISTS (SELECT 1 FROM outbox AS own WHERE own.doc_id = NEW.doc_id); END;

CREATE TABLE order_row_8 (
    opened_seq    INTEGER PRIMARY KEY,
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
                  CHECK (state = 'draft' OR state = 'sent' OR state = 'sent_with_draft' OR state = 'part_paid'
                         OR state = 'paid' OR state = 'cancelled'),
    is_open       INTEGER NOT NULL CHECK (is_open = 0 OR is_open = 1),
    paid_seq      INTEGER,               -- the sequence of its last payment, once it is paid
    opened_by     TEXT    NOT NULL,
    created_at    TEXT    NOT NULL,
    updated_at    TEXT    NOT NULL,
    making        INTEGER NOT NULL CHECK (making = 0 OR making = 1), -- a line is under way
    done_seq      INTEGER,               -- its document's sequence, once it was sent and nothing is under way
    refunded      INTEGER NOT NULL CHECK (refunded >= 0),
    UNIQUE (business_date, local_number, own)
) STRICT;
INSERT INTO order_row_8 (opened_seq, order_id, local_number, business_date, own, order_type, table_name, customer_name,
                         due_at, total, balance, state, is_open, paid_seq, opened_by, created_at, updated_at, making,
                         done_seq, refunded)
SELECT opened_seq, order_id, local_number, business_date, own, order_type, table_name, customer_name,
       due_at, total, balance, state, is_open, paid_seq, opened_by, created_at, updated_at, making,
       done_seq, refunded FROM order_row;
DROP TABLE order_row;
ALTER TABLE order_row_8 RENAME TO order_row;
CREATE INDEX order_row_open ON order_row (opened_seq) WHERE is_open = 1;
CREATE INDEX order_row_paid ON order_row (paid_seq) WHERE paid_seq IS NOT NULL;
CREATE INDEX order_row_making ON order_row (business_date, opened_seq) WHERE making = 1;
CREATE INDEX order_row_done ON order_row (done_seq) WHERE done_seq IS NOT NULL;
