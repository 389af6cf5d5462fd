-- A worker id that is NULL, empty, blank, not printable or too long is refused by claim and by repair; the longest is accepted.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @step null: worker
SELECT * FROM claim_outbox_batch(1, NULL, 60);

-- @step empty: worker
SELECT * FROM claim_outbox_batch(1, '', 60);

-- @step blank: worker
SELECT * FROM claim_outbox_batch(1, ' ', 60);

-- @step inner_blank: worker
SELECT * FROM claim_outbox_batch(1, 'worker 1', 60);

-- @step control: worker
SELECT * FROM claim_outbox_batch(1, E'worker\n1', 60);

-- @step not_ascii: worker
SELECT * FROM claim_outbox_batch(1, U&'work\00E9r', 60);

-- @step long: worker
SELECT * FROM claim_outbox_batch(1, repeat('w', 129), 60);

-- @step repair_null: worker
SELECT * FROM repair_expired_leases(1, NULL);

-- @step repair_blank: worker
SELECT * FROM repair_expired_leases(1, ' ');

-- @step longest: worker
SELECT length(claimed_by) FROM claim_outbox_batch(1, repeat('w', 128), 60);
