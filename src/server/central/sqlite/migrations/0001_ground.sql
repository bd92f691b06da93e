-- The central database: documents as registers exchange them, and books that plain SQL can ask. Money is in minor units.

CREATE TABLE house (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    incarnation TEXT NOT NULL
) STRICT;

-- One row a location and database: the first row that any write of it writes, so that its writers follow each other.
CREATE TABLE feed (
    location_id TEXT NOT NULL,
    database_name TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (location_id, database_name)
) STRICT;

CREATE TABLE operation (
    operation TEXT NOT NULL PRIMARY KEY,
    made_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX operation_by_age ON operation (made_ms);

CREATE TABLE document (
    location_id TEXT NOT NULL,
    database_name TEXT NOT NULL,
    doc_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    tree TEXT NOT NULL,
    PRIMARY KEY (location_id, database_name, doc_id)
) STRICT;
CREATE UNIQUE INDEX document_by_seq ON document (location_id, database_name, seq);

CREATE TABLE leaf (
    location_id TEXT NOT NULL,
    database_name TEXT NOT NULL,
    doc_id TEXT NOT NULL,
    revision TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (location_id, database_name, doc_id, revision)
) STRICT;

CREATE TABLE local_document (
    location_id TEXT NOT NULL,
    database_name TEXT NOT NULL,
    local_id TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (location_id, database_name, local_id)
) STRICT;

-- What was answered to a submission, for ever.
CREATE TABLE acceptance (
    location_id TEXT NOT NULL,
    doc_id TEXT NOT NULL,
    reply TEXT NOT NULL,
    accepted_at TEXT NOT NULL,
    PRIMARY KEY (location_id, doc_id)
) STRICT;

CREATE TABLE numbering (
    location_id TEXT NOT NULL PRIMARY KEY,
    last_number INTEGER NOT NULL
) STRICT;

-- Documents that the books do not follow, and why.
CREATE TABLE flawed (
    location_id TEXT NOT NULL,
    database_name TEXT NOT NULL,
    doc_id TEXT NOT NULL,
    revision TEXT NOT NULL,
    reason TEXT NOT NULL,
    noted_at TEXT NOT NULL,
    PRIMARY KEY (location_id, database_name, doc_id)
) STRICT;
CREATE INDEX flawed_by_time ON flawed (location_id, noted_at);

CREATE TABLE register (
    location_id TEXT NOT NULL,
    register_id TEXT NOT NULL,
    role TEXT NOT NULL,
    secret_digest TEXT NOT NULL,
    enrolled_at TEXT NOT NULL,
    revoked_at TEXT,
    PRIMARY KEY (location_id, register_id)
) STRICT;
CREATE INDEX register_by_secret ON register (register_id, secret_digest);

CREATE TABLE known_tax (
    location_id TEXT NOT NULL,
    tax_id TEXT NOT NULL,
    rate INTEGER NOT NULL,
    included INTEGER NOT NULL,
    PRIMARY KEY (location_id, tax_id, rate, included)
) STRICT;

CREATE TABLE orders (
    location_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    doc_id TEXT NOT NULL,
    order_number TEXT NOT NULL,
    local_number TEXT NOT NULL,
    register_id TEXT NOT NULL,
    business_date TEXT NOT NULL,
    order_type TEXT NOT NULL,
    order_status TEXT NOT NULL,
    payment_status TEXT NOT NULL,
    customer_id TEXT,
    customer_name TEXT,
    table_name TEXT,
    covers INTEGER,
    currency TEXT NOT NULL,
    subtotal INTEGER NOT NULL,
    tax_amount INTEGER NOT NULL,
    total_amount INTEGER NOT NULL,
    offline INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    accepted_at TEXT NOT NULL,
    PRIMARY KEY (location_id, order_id)
) STRICT;
CREATE UNIQUE INDEX orders_by_number ON orders (location_id, order_number);
CREATE INDEX orders_by_document ON orders (location_id, doc_id);
CREATE INDEX orders_by_day ON orders (location_id, business_date);

CREATE TABLE order_items (
    location_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    line_id TEXT NOT NULL,
    place INTEGER NOT NULL,
    item_id TEXT NOT NULL,
    name TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    unit_price INTEGER NOT NULL,
    total INTEGER NOT NULL,
    tax_id TEXT NOT NULL,
    tax_rate INTEGER NOT NULL,
    modifiers TEXT NOT NULL,
    note TEXT,
    course INTEGER NOT NULL,
    station TEXT NOT NULL,
    state TEXT NOT NULL,
    void_reason TEXT,
    PRIMARY KEY (location_id, order_id, line_id)
) STRICT;

CREATE TABLE order_taxes (
    location_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    place INTEGER NOT NULL,
    tax_id TEXT NOT NULL,
    name TEXT NOT NULL,
    rate INTEGER NOT NULL,
    included INTEGER NOT NULL,
    net INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    gross INTEGER NOT NULL,
    PRIMARY KEY (location_id, order_id, place)
) STRICT;

CREATE TABLE payments (
    location_id TEXT NOT NULL,
    payment_id TEXT NOT NULL,
    doc_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    order_doc_id TEXT NOT NULL,
    tender TEXT NOT NULL,
    amount INTEGER NOT NULL,
    tendered INTEGER NOT NULL,
    change_given INTEGER NOT NULL,
    tip INTEGER NOT NULL,
    rounding INTEGER NOT NULL,
    reference TEXT,
    kind TEXT,
    amends TEXT,
    reason TEXT,
    register_id TEXT,
    created_at TEXT NOT NULL,
    accepted_at TEXT NOT NULL,
    PRIMARY KEY (location_id, payment_id)
) STRICT;
CREATE INDEX payments_by_order ON payments (location_id, order_doc_id, doc_id);

CREATE TABLE customers (
    location_id TEXT NOT NULL,
    doc_id TEXT NOT NULL,
    name TEXT NOT NULL,
    phone TEXT,
    address TEXT,
    note TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (location_id, doc_id)
) STRICT;

CREATE TABLE menu (
    location_id TEXT NOT NULL,
    doc_id TEXT NOT NULL,
    doc_type TEXT NOT NULL,
    entry_id TEXT NOT NULL,
    name TEXT NOT NULL,
    parent_id TEXT,
    price INTEGER,
    currency TEXT,
    tax_id TEXT,
    rate INTEGER,
    plu TEXT,
    station TEXT,
    sort_order INTEGER,
    available INTEGER,
    PRIMARY KEY (location_id, doc_id)
) STRICT;
