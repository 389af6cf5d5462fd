-- A reconciliation judges the old lease by the clock, not by the start of its transaction: at the very instant of the expiry it is over.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup freeze: owner
CREATE OR REPLACE FUNCTION public.outbox_clock() RETURNS timestamptz LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$ BEGIN RETURN '2020-01-01 00:00:00+00'; END $$;
UPDATE payment_outbox_pending SET next_attempt_at = '2019-01-01';

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup close: owner
SELECT close_outbox_claims('restore drill');
UPDATE payment_outbox_pending SET lease_expires_at = '2020-01-01 00:00:00.000001+00';

-- @step before_expiry: owner
SELECT reconcile_dispatched_payment(:'outbox_id', 'ref-1', 'reconciler');

-- @step at_expiry: owner
UPDATE payment_outbox_pending SET lease_expires_at = '2020-01-01 00:00:00+00';

-- @step reconciled: owner
SELECT reconcile_dispatched_payment(:'outbox_id', 'ref-1', 'reconciler');

-- @check ledger: owner
SELECT attempt_no, state, recorded_at = '2020-01-01 00:00:00+00', leased_at = '2020-01-01 00:00:00+00' FROM payment_outbox_attempts ORDER BY attempt_no;
