-- Schema 13: since when an order that is watched is ready, by this box's own clock, in milliseconds since 1970.

ALTER TABLE watch ADD COLUMN ready_at INTEGER; -- NULL while something of it is still to be made
