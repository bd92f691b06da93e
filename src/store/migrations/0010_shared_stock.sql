-- Schema 10: what is left of an item is shared by the registers of a location (documents of type soldout). This is the
-- row that lists and decisions read, written anew whenever the document changes. Registers that sell apart may sell more
-- than there is. A mark of former days has no document until it changes.

CREATE TABLE portions_10 (
    item_id   TEXT    PRIMARY KEY NOT NULL,
    remaining INTEGER NOT NULL, -- not yet sent; what open drafts promise is part of it; below 0: so many too many
    since     TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO portions_10 (item_id, remaining, since) SELECT item_id, remaining, since FROM portions;
DROP TABLE portions;
ALTER TABLE portions_10 RENAME TO portions;
