-- Who may come in: which secret of a device counts, one-time codes, and what operators did.

-- Counts how often a device was enrolled: what was given to a former enrolment counts no more.
ALTER TABLE register ADD COLUMN generation INTEGER NOT NULL DEFAULT 1;
ALTER TABLE register ADD COLUMN seen_at TEXT;

-- One-time codes that nobody has typed yet. A code that was typed, or made anew, is not here any more.
CREATE TABLE enrolment (
    code_digest TEXT NOT NULL PRIMARY KEY,
    location_id TEXT NOT NULL,
    register_id TEXT NOT NULL,
    role TEXT NOT NULL,
    made_at TEXT NOT NULL,
    expires_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX enrolment_by_device ON enrolment (location_id, register_id);
CREATE INDEX enrolment_by_end ON enrolment (expires_ms);

-- What was done at the door and by operators; rows are only added.
CREATE TABLE act (
    act_number INTEGER PRIMARY KEY,
    done_at TEXT NOT NULL,
    location_id TEXT NOT NULL,
    what TEXT NOT NULL,
    about TEXT NOT NULL
) STRICT;
CREATE INDEX act_by_location ON act (location_id, act_number);
