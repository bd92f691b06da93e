-- Who may come in: which secret of a device counts, one-time codes, and what operators did.

-- Counts how often a device was enrolled: what was given to a former enrolment counts no more.
ALTER TABLE register ADD generation BIGINT NOT NULL DEFAULT 1;
ALTER TABLE register ADD seen_at NVARCHAR(40) COLLATE Latin1_General_BIN2 NULL;
GO

-- One-time codes that nobody has typed yet. A code that was typed, or made anew, is not here any more.
CREATE TABLE enrolment (
    code_digest NVARCHAR(128) COLLATE Latin1_General_BIN2 NOT NULL PRIMARY KEY,
    location_id NVARCHAR(64) COLLATE Latin1_General_BIN2 NOT NULL,
    register_id NVARCHAR(64) COLLATE Latin1_General_BIN2 NOT NULL,
    [role] NVARCHAR(16) COLLATE Latin1_General_BIN2 NOT NULL,
    made_at NVARCHAR(40) COLLATE Latin1_General_BIN2 NOT NULL,
    expires_ms BIGINT NOT NULL
);
-- Of one device one code counts, also when two servers make one at the same time.
CREATE UNIQUE INDEX enrolment_by_device ON enrolment (location_id, register_id);
CREATE INDEX enrolment_by_end ON enrolment (expires_ms);
GO

-- What was done at the door and by operators; rows are only added.
CREATE TABLE act (
    act_number BIGINT IDENTITY(1, 1) NOT NULL PRIMARY KEY,
    done_at NVARCHAR(40) COLLATE Latin1_General_BIN2 NOT NULL,
    location_id NVARCHAR(64) COLLATE Latin1_General_BIN2 NOT NULL,
    what NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
    about NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL
);
CREATE INDEX act_by_location ON act (location_id, act_number);
GO

-- The row that whoever changes devices has first: other databases lock what they read, this one what it writes.
CREATE TABLE door (
    only_row BIGINT NOT NULL PRIMARY KEY CHECK (only_row = 1)
);
GO
INSERT INTO door (only_row) VALUES (1);
