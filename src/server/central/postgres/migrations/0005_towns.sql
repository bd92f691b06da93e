-- Where a customer's deliveries go has two lines.

ALTER TABLE customers ADD COLUMN city TEXT COLLATE "C"; -- postcode and town; the street stays in `address`
