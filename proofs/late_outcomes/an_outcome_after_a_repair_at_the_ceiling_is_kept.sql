-- What a worker reports after repair ended its payment as FAILED at the ceiling is kept: the rail may have paid.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup ceiling: owner
UPDATE outbox_settings SET retry_ceiling = 1;

-- @setup expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - interval '1 second';

-- @setup repair: repairer
SELECT state FROM repair_expired_leases(1, 'repairer-1');

-- @step report: worker
SELECT report_late_outcome(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED', 'reference-1');

-- @check kept: owner
SELECT a.state AS recorded, l.state AS reported, l.rail_reference, l.worker_id FROM payment_outbox_late_outcomes AS l JOIN payment_outbox_attempts AS a USING (outbox_id, lease_epoch);
