-- Where a customer's deliveries go has two lines.

ALTER TABLE customers ADD COLUMN city TEXT; -- postcode and town; the street stays in `address`
