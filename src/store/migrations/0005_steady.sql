-- Schema 5: what a key asks takes as long after a year as on the first day.

-- How many documents no server has: counted as they come and go, not anew with every key.
ALTER TABLE meta ADD COLUMN unsent INTEGER NOT NULL DEFAULT 0 CHECK (unsent >= 0);
UPDATE meta SET unsent = (SELECT COUNT(*) FROM outbox WHERE sync_completed_at IS NULL);
CREATE TRIGGER outbox_gains AFTER INSERT ON outbox WHEN NEW.sync_completed_at IS NULL
BEGIN UPDATE meta SET unsent = unsent + 1; END;
CREATE TRIGGER outbox_changes AFTER UPDATE OF sync_completed_at ON outbox
WHEN (OLD.sync_completed_at IS NULL) <> (NEW.sync_completed_at IS NULL)
BEGIN UPDATE meta SET unsent = unsent + CASE WHEN NEW.sync_completed_at IS NULL THEN 1 ELSE -1 END; END;
CREATE TRIGGER outbox_loses AFTER DELETE ON outbox WHEN OLD.sync_completed_at IS NULL
BEGIN UPDATE meta SET unsent = unsent - 1; END;

-- How often the log was begun anew. Whoever writes first then syncs its head, and that must be no key: see
-- `Checkpointer`. One row.
CREATE TABLE log (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    begun    INTEGER NOT NULL CHECK (begun >= 0)
) STRICT;
INSERT INTO log (only_row, begun) VALUES (1, 0);
