-- Where a customer's deliveries go has two lines: postcode and town here, the street in `address`.

ALTER TABLE customers ADD city NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NULL;
