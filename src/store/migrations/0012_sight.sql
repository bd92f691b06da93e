-- Schema 12: what a kitchen's box of its own saw, and when, by its own clock: instants are in milliseconds since 1970. A
-- register writes nothing of it.

-- Orders of which something is shown, in the order in which something of them last came.
CREATE TABLE watch (
    watch_seq INTEGER PRIMARY KEY,
    order_id  TEXT    NOT NULL UNIQUE,
    last_at   INTEGER NOT NULL           -- when something of it last came, or was voided
) STRICT;

-- Lines, each with its first sight.
CREATE TABLE sight (
    order_id  TEXT    NOT NULL,
    line_id   TEXT    NOT NULL,
    round     INTEGER NOT NULL CHECK (round >= 0), -- the watch_seq with which it came; 0: it was over when it came
    seen_at   INTEGER NOT NULL,
    voided_at INTEGER,
    PRIMARY KEY (order_id, line_id)
) STRICT, WITHOUT ROWID;
