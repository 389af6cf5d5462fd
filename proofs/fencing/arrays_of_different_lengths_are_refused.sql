-- A set whose arrays differ in length, or that is empty or too large, is refused before anything is written.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step no_tokens: worker
SELECT * FROM complete_outbox_attempts('worker-1', ARRAY[:'outbox_id']::uuid[], NULL, '{DISPATCHED}');

-- @step short_tokens: worker
SELECT * FROM complete_outbox_attempts('worker-1', ARRAY[:'outbox_id', :'outbox_id']::uuid[], ARRAY[:'lease_token']::uuid[], '{DISPATCHED,DISPATCHED}');

-- @step no_states: worker
SELECT * FROM complete_outbox_attempts('worker-1', ARRAY[:'outbox_id']::uuid[], ARRAY[:'lease_token']::uuid[], NULL);

-- @step short_references: worker
SELECT * FROM complete_outbox_attempts('worker-1', ARRAY[:'outbox_id']::uuid[], ARRAY[:'lease_token']::uuid[], '{DISPATCHED}', '{}');

-- @step long_codes: worker
SELECT * FROM complete_outbox_attempts('worker-1', ARRAY[:'outbox_id']::uuid[], ARRAY[:'lease_token']::uuid[], '{DISPATCHED}', p_rail_codes => '{a,b}');

-- @step long_error_codes: worker
SELECT * FROM complete_outbox_attempts('worker-1', ARRAY[:'outbox_id']::uuid[], ARRAY[:'lease_token']::uuid[], '{DISPATCHED}', p_error_codes => '{a,b}');

-- @step long_messages: worker
SELECT * FROM complete_outbox_attempts('worker-1', ARRAY[:'outbox_id']::uuid[], ARRAY[:'lease_token']::uuid[], '{DISPATCHED}', p_error_messages => '{a,b}');

-- @step long_latencies: worker
SELECT * FROM complete_outbox_attempts('worker-1', ARRAY[:'outbox_id']::uuid[], ARRAY[:'lease_token']::uuid[], '{DISPATCHED}', p_latencies_ms => '{1,2}');

-- @step long_delays: worker
SELECT * FROM complete_outbox_attempts('worker-1', ARRAY[:'outbox_id']::uuid[], ARRAY[:'lease_token']::uuid[], '{DISPATCHED}', p_retry_delays_seconds => '{1,2}');

-- @step two_dimensions: worker
SELECT * FROM complete_outbox_attempts('worker-1', ARRAY[ARRAY[:'outbox_id'], ARRAY[:'outbox_id']]::uuid[], ARRAY[:'lease_token', :'lease_token']::uuid[], '{DISPATCHED,DISPATCHED}');

-- @step empty: worker
SELECT * FROM complete_outbox_attempts('worker-1', '{}', '{}', '{}');

-- @step nothing: worker
SELECT * FROM complete_outbox_attempts('worker-1', NULL, NULL, NULL);

-- @step too_many: worker
SELECT * FROM complete_outbox_attempts('worker-1', array_fill(:'outbox_id'::uuid, ARRAY[1001]), array_fill(:'lease_token'::uuid, ARRAY[1001]), array_fill('DISPATCHED'::payment_outbox_attempt_state, ARRAY[1001]));

-- @step most: worker
SELECT count(*), count(refused_with) FROM complete_outbox_attempts('worker-1', array_fill(:'outbox_id'::uuid, ARRAY[1000]), array_fill(:'lease_token'::uuid, ARRAY[1000]), array_fill('RETRYABLE'::payment_outbox_attempt_state, ARRAY[1000]));

-- @check ledger: owner
SELECT attempt_no, state, lease_epoch, lease_worker, recorded_by, ended_by FROM payment_outbox_attempts ORDER BY sequence_id, attempt_no;
