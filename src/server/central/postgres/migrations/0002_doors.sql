-- Who may come in: which secret of a device counts, one-time codes, and what operators did.

-- Counts how often a device was enrolled: what was given to a former enrolment counts no more.
ALTER TABLE register ADD COLUMN generation BIGINT NOT NULL DEFAULT 1;
ALTER TABLE register ADD COLUMN seen_at TEXT COLLATE "C";

-- One-time codes that nobody has typed yet. A code that was typed, or made anew, is not here any more.
CREATE TABLE enrolment (
    code_digest TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    location_id TEXT COLLATE "C" NOT NULL,
    register_id TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    made_at TEXT COLLATE "C" NOT NULL,
    expires_ms BIGINT NOT NULL
);
-- Of one device one code counts, also when two servers make one at the same time.
CREATE UNIQUE INDEX enrolment_by_device ON enrolment (location_id, register_id);
CREATE INDEX enrolment_by_end ON enrolment (expires_ms);

-- What was done at the door and by operators; rows are only added.
CREATE TABLE act (
    act_number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    done_at TEXT COLLATE "C" NOT NULL,
    location_id TEXT COLLATE "C" NOT NULL,
    what TEXT COLLATE "C" NOT NULL,
    about TEXT COLLATE "C" NOT NULL
);
CREATE INDEX act_by_location ON act (location_id, act_number);
