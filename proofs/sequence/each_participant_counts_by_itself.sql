-- Each participant's payments are numbered 1 2 3 by themselves, whatever the others do.

-- @step enqueue: ingest
SELECT string_agg(e.sequence_id::text, ' ' ORDER BY r.n) AS numbers FROM (VALUES (1, 'p1'), (2, 'p1'), (3, 'p2'), (4, 'p1')) AS r (n, p), enqueue_payment_outbox('instruction-' || r.n, r.p, 'key-1', 'sepa', '{}') AS e;

-- @check counters: owner
SELECT participant_id, next_sequence_id FROM participant_outbox_sequences ORDER BY participant_id;
