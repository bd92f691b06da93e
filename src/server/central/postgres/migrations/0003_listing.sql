-- What CouchDB's own clients ask beside replication: how many documents there are, which of them stand, and the Mango
-- indexes that were asked for.

ALTER TABLE feed ADD COLUMN standing BIGINT NOT NULL DEFAULT 0;
ALTER TABLE feed ADD COLUMN gone BIGINT NOT NULL DEFAULT 0;
UPDATE feed SET
    standing = (SELECT COUNT(*) FROM document WHERE document.location_id = feed.location_id
                AND document.database_name = feed.database_name AND document.deleted = 0),
    gone = (SELECT COUNT(*) FROM document WHERE document.location_id = feed.location_id
            AND document.database_name = feed.database_name AND document.deleted <> 0);

CREATE INDEX document_standing ON document (location_id, database_name, doc_id) WHERE deleted = 0;

CREATE TABLE mango_index (
    location_id TEXT COLLATE "C" NOT NULL,
    database_name TEXT COLLATE "C" NOT NULL,
    design TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    definition TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (location_id, database_name, design, name)
);
