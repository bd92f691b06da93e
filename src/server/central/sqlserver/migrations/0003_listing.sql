-- What CouchDB's own clients ask beside replication: how many documents there are, which of them stand, and the Mango
-- indexes that were asked for. Nothing is counted here: whoever makes these tables makes all of them at once.

ALTER TABLE feed ADD standing BIGINT NOT NULL DEFAULT 0;
ALTER TABLE feed ADD gone BIGINT NOT NULL DEFAULT 0;
GO

CREATE INDEX document_standing ON document (location_id, database_name, [deleted], doc_id);
GO

CREATE TABLE mango_index (
    location_id NVARCHAR(64) COLLATE Latin1_General_BIN2 NOT NULL,
    database_name NVARCHAR(16) COLLATE Latin1_General_BIN2 NOT NULL,
    design NVARCHAR(350) COLLATE Latin1_General_BIN2 NOT NULL,
    [name] NVARCHAR(350) COLLATE Latin1_General_BIN2 NOT NULL,
    [definition] NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
    PRIMARY KEY NONCLUSTERED (location_id, database_name, design, [name])
);
