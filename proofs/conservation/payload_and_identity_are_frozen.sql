-- Payload and identity of a pending payment are frozen since it was enqueued.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @step payload: control
UPDATE payment_outbox_pending SET payload = '{"amount": "10000000.00"}';

-- @step participant: control
UPDATE payment_outbox_pending SET participant_id = 'participant-2';

-- @step instruction: control
UPDATE payment_outbox_pending SET instruction_id = 'instruction-2';

-- @step key: control
UPDATE payment_outbox_pending SET idempotency_key = 'key-2';

-- @step rail: control
UPDATE payment_outbox_pending SET rail_type = 'swift';

-- @step sequence: control
UPDATE payment_outbox_pending SET sequence_id = 2;

-- @step created: control
UPDATE payment_outbox_pending SET created_at = created_at - interval '1 day';

-- @step identifier: owner
UPDATE payment_outbox_pending SET outbox_id = gen_random_uuid();
