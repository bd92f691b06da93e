-- A code that was typed stays for a while, so that a device whose answer was lost is told the same again. It is known
-- by the secret that it proposed, of which the digest is kept as that of every device.

ALTER TABLE enrolment ADD typed_ms BIGINT NULL;
