-- Of a payment's identifier only version and variant are fixed; every other bit is the digest's.

-- @step identifiers: owner
SELECT new_outbox_id('00000000-0000-4000-8000-000000000001', 'instruction-' || n, 'key-1') FROM generate_series(1, 8) AS n ORDER BY n;
