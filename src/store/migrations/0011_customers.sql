-- Schema 11: customers are found while somebody types.

-- One row a customer that reads and is not deleted.
CREATE TABLE customer_row (
    customer_seq INTEGER PRIMARY KEY,
    doc_id       TEXT NOT NULL UNIQUE,
    words        TEXT                    -- those of customer_word, each with a blank before it; none: still to be read
) STRICT;
CREATE INDEX customer_row_unread ON customer_row (customer_seq) WHERE words IS NULL;

-- The words by which they are found: a name's, and a phone's digits from each digit on.
CREATE TABLE customer_word (
    word         TEXT    NOT NULL,
    customer_seq INTEGER NOT NULL,
    PRIMARY KEY (word, customer_seq)
) STRICT, WITHOUT ROWID;

-- SQL folds no letters: the program reads those that are here already, when it starts.
INSERT INTO customer_row (doc_id) SELECT doc_id FROM document WHERE database = 'customers';
