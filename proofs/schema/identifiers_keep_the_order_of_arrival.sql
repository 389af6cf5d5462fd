-- Where the server can, a new payment's identifier keeps the order of arrival; where it cannot, it is random.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 20) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @step versions: owner
SELECT count(*) FILTER (WHERE substr(k.outbox_id::text, 15, 1) = CASE WHEN to_regprocedure('pg_catalog.uuidv7()') IS NULL THEN '4' ELSE '7' END) AS as_it_should_be FROM payment_outbox_keys AS k;
