-- Schema 2: what the kitchen still has to make, and what it made last.

ALTER TABLE order_row ADD COLUMN making INTEGER NOT NULL DEFAULT 0 CHECK (making IN (0, 1)); -- a line is under way
ALTER TABLE order_row ADD COLUMN done_seq INTEGER; -- its document's sequence, once it was sent and nothing is under way
CREATE INDEX order_row_making ON order_row (business_date, opened_seq) WHERE making = 1;
CREATE INDEX order_row_done ON order_row (done_seq) WHERE done_seq IS NOT NULL;

UPDATE order_row SET making = 1 WHERE EXISTS (
    SELECT 1 FROM document, JSON_EACH(document.body, '$.items') AS item
    WHERE document.doc_id = order_row.order_id
      AND JSON_EXTRACT(item.value, '$.state') IN ('sent', 'preparing', 'ready')
);
UPDATE order_row SET done_seq = (SELECT seq FROM document WHERE doc_id = order_row.order_id) WHERE making = 0;
