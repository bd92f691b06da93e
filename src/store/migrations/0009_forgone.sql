-- Schema 9: what the server refused, and a manager has closed, waits for nothing any more. What is not offered to it
-- again is kept apart from what it refused.
CREATE TABLE forgone (
    doc_id TEXT NOT NULL,
    rev    TEXT NOT NULL,
    PRIMARY KEY (doc_id, rev)
) STRICT, WITHOUT ROWID;
