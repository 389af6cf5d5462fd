-- No role executes another one's function, and a stranger executes none.

-- @step ingest_claims: ingest
SELECT * FROM claim_outbox_batch(1, 'w', 60);

-- @step ingest_completes: ingest
SELECT * FROM complete_outbox_attempt(gen_random_uuid(), gen_random_uuid(), 'w', 'DISPATCHED');

-- @step ingest_repairs: ingest
SELECT * FROM repair_expired_leases(1, 'w');

-- @step worker_enqueues: worker
SELECT * FROM enqueue_payment_outbox('i', 'p', 'k', 'r', '{}');

-- @step worker_opens: worker
SELECT open_outbox_claims();

-- @step worker_closes: worker
SELECT close_outbox_claims('because');

-- @step worker_reconciles: worker
SELECT reconcile_dispatched_payment(gen_random_uuid(), 'r', 'w');

-- @step readonly_claims: readonly
SELECT * FROM claim_outbox_batch(1, 'w', 60);

-- @step readonly_enqueues: readonly
SELECT * FROM enqueue_payment_outbox('i', 'p', 'k', 'r', '{}');

-- @step auditor_repairs: auditor
SELECT * FROM repair_expired_leases(1, 'w');

-- @step auditor_reports: auditor
SELECT report_late_outcome(gen_random_uuid(), gen_random_uuid(), 'w', 'DISPATCHED');

-- @step control_opens: control
SELECT open_outbox_claims();

-- @step stranger_enqueues: stranger
SELECT * FROM enqueue_payment_outbox('i', 'p', 'k', 'r', '{}');

-- @step stranger_claims: stranger
SELECT * FROM claim_outbox_batch(1, 'w', 60);

-- @step stranger_completes_a_set: stranger
SELECT * FROM complete_outbox_attempts('w', '{}', '{}', '{}');

-- @step stranger_reads_the_clock: stranger
SELECT outbox_clock();

-- @step stranger_reads_the_status: stranger
SELECT * FROM supervisor_outbox_status;
