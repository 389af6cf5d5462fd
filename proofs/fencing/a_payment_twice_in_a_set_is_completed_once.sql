-- A payment that stands twice in a set is completed once: the first entry that holds the lease wins, the other is refused.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step set: worker
SELECT attempt_no, state, refused_with FROM complete_outbox_attempts('worker-1', ARRAY[:'outbox_id', :'outbox_id', :'outbox_id']::uuid[], ARRAY[gen_random_uuid(), :'lease_token', :'lease_token'], '{DISPATCHED,RETRYABLE,DISPATCHED}');

-- @check queue: owner
SELECT sequence_id, attempt_count, lease_epoch, claimed_by FROM payment_outbox_pending ORDER BY sequence_id;

-- @check ledger: owner
SELECT attempt_no, state, lease_epoch, lease_worker, recorded_by, ended_by FROM payment_outbox_attempts ORDER BY sequence_id, attempt_no;
