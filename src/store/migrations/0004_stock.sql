-- Schema 4: what is left of an item (0 = sold out), as this register counts it. Not part of the menu: it outlives an import.

CREATE TABLE portions (
    item_id   TEXT    PRIMARY KEY NOT NULL,
    remaining INTEGER NOT NULL CHECK (remaining >= 0), -- not yet sent; what open drafts promise is part of it
    since     TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
