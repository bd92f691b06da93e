-- Schema 3: how much of an order's bill was given back. Nothing was before this schema.

ALTER TABLE order_row ADD COLUMN refunded INTEGER NOT NULL DEFAULT 0 CHECK (refunded >= 0);
