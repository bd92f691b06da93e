-- The central database: documents as registers exchange them, and books that plain SQL can ask. Money is in minor units.
-- The same tables as in the other databases. Ids that are looked up or listed are kept in the letters that `key.rs`
-- makes of them, so that they are ordered by their bytes, and none is taken for another that differs in spaces at its
-- end; most look as they are. A key of an index has 1,700 bytes at most, a letter has two: hence the lengths. JSON is
-- kept as it was written. What is true or not is 1 or 0, so that one question is asked in the same words of every
-- central database, sums included.

CREATE TABLE house (
    only_row BIGINT NOT NULL PRIMARY KEY CHECK (only_row = 1),
    incarnation NVARCHAR(64) COLLATE Latin1_General_BIN2 NOT NULL
);
GO

-- One row a location and database: the first row that any write of it writes, so that its writers follow each other.
CREATE TABLE feed (
    location_id NVARCHAR(64) COLLATE Latin1_General_BIN2 NOT NULL,
    database_name NVARCHAR(16) COLLATE Latin1_General_BIN2 NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (location_id, database_name)
);
GO

CREATE TABLE operation (
    operation NVARCHAR(200) COLLATE Latin1_General_BIN2 NOT NULL PRIMARY KEY,
    made_ms BIGINT NOT NULL
);
CREATE INDEX operation_by_age ON operation (made_ms);
GO

CREATE TABLE document (
    location_id NVARCHAR(64) COLLATE Latin1_General_BIN2 NOT NULL,
    database_name NVARCHAR(16) COLLATE Latin1_General_BIN2 NOT NULL,
    doc_id NVARCHAR(700) COLLATE Latin1_General_BIN2 NOT NULL,
    seq BIGINT NOT NULL,
    [deleted] BIGINT NOT NULL,
    tree NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
    PRIMARY KEY NONCLUSTERED (location_id, database_name, doc_id)
);
CREATE UNIQUE CLUSTERED INDEX document_by_seq ON document (location_id, database_name, seq);
GO

CREATE TABLE leaf (
    location_id NVARCHAR(64) COLLATE Latin1_General_BIN2 NOT NULL,
    database_name NVARCHAR(16) COLLATE Latin1_General_BIN2 NOT NULL,
    doc_id NVARCHAR(700) COLLATE Latin1_General_BIN2 NOT NULL,
    revision NVARCHAR(48) COLLATE Latin1_General_BIN2 NOT NULL,
    body NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
    PRIMARY KEY NONCLUSTERED (location_id, database_name, doc_id, revision)
);
GO

CREATE TABLE local_document (
    location_id NVARCHAR(64) COLLATE Latin1_General_BIN2 NOT NULL,
    database_name NVARCHAR(16) COLLATE Latin1_General_BIN2 NOT NULL,
    local_id NVARCHAR(700) COLLATE Latin1_General_BIN2 NOT NULL,
    body NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
    PRIMARY KEY NONCLUSTERED (location_id, database_name, local_id)
);
GO

-- What was answered to a submission, for ever.
CREATE TABLE acceptance (
    location_id NVARCHAR(64) COLLATE Latin1_General_BIN2 NOT NULL,
    doc_id NVARCHAR(700) COLLATE Latin1_General_BIN2 NOT NULL,
    reply NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
    accepted_at NVARCHAR(40) COLLATE Latin1_General_BIN2 NOT NULL,
    PRIMARY KEY NONCLUSTERED (location_id, doc_id)
);
GO

CREATE TABLE numbering (
    location_id NVARCHAR(64) COLLATE Latin1_General_BIN2 NOT NULL PRIMARY KEY,
    last_number BIGINT NOT NULL
);
GO

-- Documents that the books do not follow, and why.
CREATE TABLE flawed (
    location_id NVARCHAR(64) COLLATE Latin1_General_BIN2 NOT NULL,
    database_name NVARCHAR(16) COLLATE Latin1_General_BIN2 NOT NULL,
    doc_id NVARCHAR(700) COLLATE Latin1_General_BIN2 NOT NULL,
    revision NVARCHAR(48) COLLATE Latin1_General_BIN2 NOT NULL,
    reason NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
    noted_at NVARCHAR(40) COLLATE Latin1_General_BIN2 NOT NULL,
    PRIMARY KEY NONCLUSTERED (location_id, database_name, doc_id)
);
CREATE INDEX flawed_by_time ON flawed (location_id, noted_at);
GO

CREATE TABLE register (
    location_id NVARCHAR(64) COLLATE Latin1_General_BIN2 NOT NULL,
    register_id NVARCHAR(64) COLLATE Latin1_General_BIN2 NOT NULL,
    [role] NVARCHAR(16) COLLATE Latin1_General_BIN2 NOT NULL,
    secret_digest NVARCHAR(128) COLLATE Latin1_General_BIN2 NOT NULL,
    enrolled_at NVARCHAR(40) COLLATE Latin1_General_BIN2 NOT NULL,
    revoked_at NVARCHAR(40) COLLATE Latin1_General_BIN2 NULL,
    PRIMARY KEY (location_id, register_id)
);
CREATE INDEX register_by_secret ON register (register_id, secret_digest);
GO

CREATE TABLE known_tax (
    location_id NVARCHAR(64) COLLATE Latin1_General_BIN2 NOT NULL,
    tax_id NVARCHAR(350) COLLATE Latin1_General_BIN2 NOT NULL,
    rate BIGINT NOT NULL,
    included BIGINT NOT NULL,
    PRIMARY KEY NONCLUSTERED (location_id, tax_id, rate, included)
);
GO

CREATE TABLE orders (
    location_id NVARCHAR(64) COLLATE Latin1_General_BIN2 NOT NULL,
    order_id NVARCHAR(350) COLLATE Latin1_General_BIN2 NOT NULL,
    doc_id NVARCHAR(700) COLLATE Latin1_General_BIN2 NOT NULL,
    order_number NVARCHAR(350) COLLATE Latin1_General_BIN2 NOT NULL,
    local_number NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
    register_id NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
    business_date NVARCHAR(40) COLLATE Latin1_General_BIN2 NOT NULL,
    order_type NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
    order_status NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
    payment_status NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
    customer_id NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NULL,
    customer_name NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NULL,
    table_name NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NULL,
    covers BIGINT NULL,
    currency NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
    subtotal BIGINT NOT NULL,
    tax_amount BIGINT NOT NULL,
    total_amount BIGINT NOT NULL,
    [offline] BIGINT NOT NULL,
    created_at NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
    updated_at NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
    accepted_at NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
    PRIMARY KEY NONCLUSTERED (location_id, order_id)
);
CREATE UNIQUE INDEX orders_by_number ON orders (location_id, order_number);
CREATE INDEX orders_by_document ON orders (location_id, doc_id);
CREATE INDEX orders_by_day ON orders (location_id, business_date);
GO

CREATE TABLE order_items (
    location_id NVARCHAR(64) COLLATE Latin1_General_BIN2 NOT NULL,
    order_id NVARCHAR(350) COLLATE Latin1_General_BIN2 NOT NULL,
    line_id NVARCHAR(350) COLLATE Latin1_General_BIN2 NOT NULL,
    place BIGINT NOT NULL,
    item_id NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
    [name] NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
    quantity BIGINT NOT NULL,
    unit_price BIGINT NOT NULL,
    total BIGINT NOT NULL,
    tax_id NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
    tax_rate BIGINT NOT NULL,
    modifiers NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
    note NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NULL,
    course BIGINT NOT NULL,
    station NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
    [state] NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
    void_reason NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NULL,
    PRIMARY KEY NONCLUSTERED (location_id, order_id, line_id)
);
GO

CREATE TABLE order_taxes (
    location_id NVARCHAR(64) COLLATE Latin1_General_BIN2 NOT NULL,
    order_id NVARCHAR(350) COLLATE Latin1_General_BIN2 NOT NULL,
    place BIGINT NOT NULL,
    tax_id NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
    [name] NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
    rate BIGINT NOT NULL,
    included BIGINT NOT NULL,
    net BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    gross BIGINT NOT NULL,
    PRIMARY KEY NONCLUSTERED (location_id, order_id, place)
);
GO

CREATE TABLE payments (
    location_id NVARCHAR(64) COLLATE Latin1_General_BIN2 NOT NULL,
    payment_id NVARCHAR(350) COLLATE Latin1_General_BIN2 NOT NULL,
    doc_id NVARCHAR(700) COLLATE Latin1_General_BIN2 NOT NULL,
    order_id NVARCHAR(350) COLLATE Latin1_General_BIN2 NOT NULL,
    order_doc_id NVARCHAR(700) COLLATE Latin1_General_BIN2 NOT NULL,
    tender NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
    amount BIGINT NOT NULL,
    tendered BIGINT NOT NULL,
    change_given BIGINT NOT NULL,
    tip BIGINT NOT NULL,
    rounding BIGINT NOT NULL,
    [reference] NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NULL,
    kind NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NULL,
    amends NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NULL,
    reason NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NULL,
    register_id NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NULL,
    created_at NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
    accepted_at NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
    PRIMARY KEY NONCLUSTERED (location_id, payment_id)
);
CREATE INDEX payments_by_order ON payments (location_id, order_doc_id);
GO

CREATE TABLE customers (
    location_id NVARCHAR(64) COLLATE Latin1_General_BIN2 NOT NULL,
    doc_id NVARCHAR(700) COLLATE Latin1_General_BIN2 NOT NULL,
    [name] NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
    phone NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NULL,
    address NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NULL,
    note NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NULL,
    created_at NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
    updated_at NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
    PRIMARY KEY NONCLUSTERED (location_id, doc_id)
);
GO

CREATE TABLE menu (
    location_id NVARCHAR(64) COLLATE Latin1_General_BIN2 NOT NULL,
    doc_id NVARCHAR(700) COLLATE Latin1_General_BIN2 NOT NULL,
    doc_type NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
    entry_id NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
    [name] NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
    parent_id NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NULL,
    price BIGINT NULL,
    currency NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NULL,
    tax_id NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NULL,
    rate BIGINT NULL,
    plu NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NULL,
    station NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NULL,
    sort_order BIGINT NULL,
    available BIGINT NULL,
    PRIMARY KEY NONCLUSTERED (location_id, doc_id)
);
