-- Quotes, statements and format marks in identities, payloads and telemetry are stored as they are and run nothing.

-- @step enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('''||(SELECT/**/1)||''', '%s%I%L$1', '";DROP/**/TABLE/**/x;--', '$$', '{"a": "''; DROP TABLE payment_outbox_pending; --", "b": "\u0001 %s"}') \gset

-- @step claim: worker
SELECT lease_token FROM claim_outbox_batch(1, '''%s"$$;--', 60) \gset

-- @step complete: worker
SELECT state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', '''%s"$$;--', 'RETRYABLE', '''; DROP', '%s', '%I', E'line 1\nline 2 %L');

-- @step conflict: ingest
SELECT * FROM enqueue_payment_outbox('''||(SELECT/**/1)||''', '%s%I%L$1', '";DROP/**/TABLE/**/x;--', '$$', '{}');

-- @check stored: owner
SELECT lease_worker, rail_reference, rail_code, error_code, error_message, payload ->> 'a' FROM payment_outbox_attempts;
