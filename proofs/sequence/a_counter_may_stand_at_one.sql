-- A participant's counter may stand at 1, before the first payment.

-- @step counter: owner
INSERT INTO participant_outbox_sequences VALUES ('participant-1', 1);

-- @step first: ingest
SELECT sequence_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{}');
