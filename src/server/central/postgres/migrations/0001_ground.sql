-- The central database: documents as registers exchange them, and books that plain SQL can ask. Money is in minor units.
-- Text is ordered by its bytes, as everywhere in the house. JSON is kept as it was written: jsonb would refuse \u0000,
-- write numbers otherwise and lose the order of fields, and a revision would not be known by its digest any more.
-- What is true or not is 1 or 0, so that one question is asked in the same words of every central database.

CREATE TABLE house (
    only_row BIGINT PRIMARY KEY CHECK (only_row = 1),
    incarnation TEXT COLLATE "C" NOT NULL
);

-- One row a location and database: the first row that any write of it writes, so that its writers follow each other.
CREATE TABLE feed (
    location_id TEXT COLLATE "C" NOT NULL,
    database_name TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (location_id, database_name)
);

CREATE TABLE operation (
    operation TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    made_ms BIGINT NOT NULL
);
CREATE INDEX operation_by_age ON operation (made_ms);

CREATE TABLE document (
    location_id TEXT COLLATE "C" NOT NULL,
    database_name TEXT COLLATE "C" NOT NULL,
    doc_id TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    deleted BIGINT NOT NULL,
    tree TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (location_id, database_name, doc_id)
);
CREATE UNIQUE INDEX document_by_seq ON document (location_id, database_name, seq);

CREATE TABLE leaf (
    location_id TEXT COLLATE "C" NOT NULL,
    database_name TEXT COLLATE "C" NOT NULL,
    doc_id TEXT COLLATE "C" NOT NULL,
    revision TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (location_id, database_name, doc_id, revision)
);

CREATE TABLE local_document (
    location_id TEXT COLLATE "C" NOT NULL,
    database_name TEXT COLLATE "C" NOT NULL,
    local_id TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (location_id, database_name, local_id)
);

-- What was answered to a submission, for ever.
CREATE TABLE acceptance (
    location_id TEXT COLLATE "C" NOT NULL,
    doc_id TEXT COLLATE "C" NOT NULL,
    reply TEXT COLLATE "C" NOT NULL,
    accepted_at TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (location_id, doc_id)
);

CREATE TABLE numbering (
    location_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    last_number BIGINT NOT NULL
);

-- Documents that the books do not follow, and why.
CREATE TABLE flawed (
    location_id TEXT COLLATE "C" NOT NULL,
    database_name TEXT COLLATE "C" NOT NULL,
    doc_id TEXT COLLATE "C" NOT NULL,
    revision TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    noted_at TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (location_id, database_name, doc_id)
);
CREATE INDEX flawed_by_time ON flawed (location_id, noted_at);

CREATE TABLE register (
    location_id TEXT COLLATE "C" NOT NULL,
    register_id TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    secret_digest TEXT COLLATE "C" NOT NULL,
    enrolled_at TEXT COLLATE "C" NOT NULL,
    revoked_at TEXT COLLATE "C",
    PRIMARY KEY (location_id, register_id)
);
CREATE INDEX register_by_secret ON register (register_id, secret_digest);

CREATE TABLE known_tax (
    location_id TEXT COLLATE "C" NOT NULL,
    tax_id TEXT COLLATE "C" NOT NULL,
    rate BIGINT NOT NULL,
    included BIGINT NOT NULL,
    PRIMARY KEY (location_id, tax_id, rate, included)
);

CREATE TABLE orders (
    location_id TEXT COLLATE "C" NOT NULL,
    order_id TEXT COLLATE "C" NOT NULL,
    doc_id TEXT COLLATE "C" NOT NULL,
    order_number TEXT COLLATE "C" NOT NULL,
    local_number TEXT COLLATE "C" NOT NULL,
    register_id TEXT COLLATE "C" NOT NULL,
    business_date TEXT COLLATE "C" NOT NULL,
    order_type TEXT COLLATE "C" NOT NULL,
    order_status TEXT COLLATE "C" NOT NULL,
    payment_status TEXT COLLATE "C" NOT NULL,
    customer_id TEXT COLLATE "C",
    customer_name TEXT COLLATE "C",
    table_name TEXT COLLATE "C",
    covers BIGINT,
    currency TEXT COLLATE "C" NOT NULL,
    subtotal BIGINT NOT NULL,
    tax_amount BIGINT NOT NULL,
    total_amount BIGINT NOT NULL,
    offline BIGINT NOT NULL,
    created_at TEXT COLLATE "C" NOT NULL,
    updated_at TEXT COLLATE "C" NOT NULL,
    accepted_at TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (location_id, order_id)
);
CREATE UNIQUE INDEX orders_by_number ON orders (location_id, order_number);
CREATE INDEX orders_by_document ON orders (location_id, doc_id);
CREATE INDEX orders_by_day ON orders (location_id, business_date);

CREATE TABLE order_items (
    location_id TEXT COLLATE "C" NOT NULL,
    order_id TEXT COLLATE "C" NOT NULL,
    line_id TEXT COLLATE "C" NOT NULL,
    place BIGINT NOT NULL,
    item_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    quantity BIGINT NOT NULL,
    unit_price BIGINT NOT NULL,
    total BIGINT NOT NULL,
    tax_id TEXT COLLATE "C" NOT NULL,
    tax_rate BIGINT NOT NULL,
    modifiers TEXT COLLATE "C" NOT NULL,
    note TEXT COLLATE "C",
    course BIGINT NOT NULL,
    station TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    void_reason TEXT COLLATE "C",
    PRIMARY KEY (location_id, order_id, line_id)
);

CREATE TABLE order_taxes (
    location_id TEXT COLLATE "C" NOT NULL,
    order_id TEXT COLLATE "C" NOT NULL,
    place BIGINT NOT NULL,
    tax_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    rate BIGINT NOT NULL,
    included BIGINT NOT NULL,
    net BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    gross BIGINT NOT NULL,
    PRIMARY KEY (location_id, order_id, place)
);

CREATE TABLE payments (
    location_id TEXT COLLATE "C" NOT NULL,
    payment_id TEXT COLLATE "C" NOT NULL,
    doc_id TEXT COLLATE "C" NOT NULL,
    order_id TEXT COLLATE "C" NOT NULL,
    order_doc_id TEXT COLLATE "C" NOT NULL,
    tender TEXT COLLATE "C" NOT NULL,
    amount BIGINT NOT NULL,
    tendered BIGINT NOT NULL,
    change_given BIGINT NOT NULL,
    tip BIGINT NOT NULL,
    rounding BIGINT NOT NULL,
    reference TEXT COLLATE "C",
    kind TEXT COLLATE "C",
    amends TEXT COLLATE "C",
    reason TEXT COLLATE "C",
    register_id TEXT COLLATE "C",
    created_at TEXT COLLATE "C" NOT NULL,
    accepted_at TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (location_id, payment_id)
);
CREATE INDEX payments_by_order ON payments (location_id, order_doc_id, doc_id);

CREATE TABLE customers (
    location_id TEXT COLLATE "C" NOT NULL,
    doc_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    phone TEXT COLLATE "C",
    address TEXT COLLATE "C",
    note TEXT COLLATE "C",
    created_at TEXT COLLATE "C" NOT NULL,
    updated_at TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (location_id, doc_id)
);

CREATE TABLE menu (
    location_id TEXT COLLATE "C" NOT NULL,
    doc_id TEXT COLLATE "C" NOT NULL,
    doc_type TEXT COLLATE "C" NOT NULL,
    entry_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    parent_id TEXT COLLATE "C",
    price BIGINT,
    currency TEXT COLLATE "C",
    tax_id TEXT COLLATE "C",
    rate BIGINT,
    plu TEXT COLLATE "C",
    station TEXT COLLATE "C",
    sort_order BIGINT,
    available BIGINT,
    PRIMARY KEY (location_id, doc_id)
);
