-- An outcome bears the time by which its lease was judged, alone or in a set, not the start of the transaction that reports it.

-- @setup freeze: owner
CREATE OR REPLACE FUNCTION public.outbox_clock() RETURNS timestamptz LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$ BEGIN RETURN '2020-01-01 00:00:00+00'; END $$;

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 2) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup claim: worker
SELECT array_agg(outbox_id ORDER BY sequence_id) AS ids, array_agg(lease_token ORDER BY sequence_id) AS tokens FROM claim_outbox_batch(2, 'worker-1', 60) \gset

-- @step alone: worker
SELECT state FROM complete_outbox_attempt((:'ids'::uuid[])[1], (:'tokens'::uuid[])[1], 'worker-1', 'DISPATCHED');

-- @step set: worker
SELECT refused_with FROM complete_outbox_attempts('worker-1', (:'ids'::uuid[])[2:2], (:'tokens'::uuid[])[2:2], '{DISPATCHED}');

-- @check recorded: owner
SELECT sequence_id, recorded_at = '2020-01-01 00:00:00+00' AS by_the_clock, recorded_at >= leased_at AS after_the_grant FROM payment_outbox_attempts ORDER BY sequence_id;
