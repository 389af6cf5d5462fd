-- A payment's identifier is derived from its request and its outbox: a request that was forgotten and comes again reaches the rail under the same key, and no other request does.

-- @setup namespace: owner
UPDATE outbox_settings SET identifier_namespace = '00000000-0000-4000-8000-000000000001';

-- @step begin: ingest
BEGIN;

-- @step first: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}');

-- @step forgotten: ingest
ROLLBACK;

-- @step again: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}');

-- @step others: owner
SELECT count(DISTINCT n.id), count(*) FILTER (WHERE substr(n.id::text, 15, 1) = '8'), count(*) FILTER (WHERE substr(n.id::text, 20, 1) IN ('8', '9', 'a', 'b'))
FROM outbox_settings AS s
CROSS JOIN (VALUES ('instruction-1', 'key-1'), ('instruction-1', 'key-2'), ('instruction-2', 'key-1'), ('instruction-1k', 'ey-1'), ('key-1', 'instruction-1')) AS r (instruction_id, idempotency_key)
CROSS JOIN LATERAL (SELECT new_outbox_id(s.identifier_namespace, r.instruction_id, r.idempotency_key) AS id OFFSET 0) AS n;

-- @step elsewhere: owner
SELECT new_outbox_id('00000000-0000-4000-8000-000000000002', 'instruction-1', 'key-1');

-- @step nothing: ingest
SELECT * FROM enqueue_payment_outbox(NULL, 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}');
