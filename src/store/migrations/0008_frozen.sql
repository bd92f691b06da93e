-- Schema 8: what is submitted is written once. While the revision that was frozen stands as it is, its document holds it.

ALTER TABLE outbox ADD COLUMN frozen_rev TEXT; -- none where `payload` holds it, or where nothing is frozen

-- Where a trigger waits for a new row, SQLite keeps every page that it writes, to take back half of it: the program
-- counts new documents itself, and lets payments go.
DROP TRIGGER unsent_gains;
DROP TRIGGER order_comes_accepted;
