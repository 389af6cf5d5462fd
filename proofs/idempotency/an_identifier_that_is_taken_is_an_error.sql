-- A new payment whose identifier is taken is an error, and is never mistaken for a duplicate.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup same_again: owner
CREATE TABLE public.taken AS SELECT outbox_id FROM payment_outbox_keys;
GRANT SELECT ON public.taken TO PUBLIC;
CREATE OR REPLACE FUNCTION public.new_outbox_id(p_namespace uuid, p_instruction_id text, p_idempotency_key text) RETURNS uuid LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$ BEGIN RETURN (SELECT t.outbox_id FROM public.taken AS t); END $$;

-- @step another: ingest
SELECT * FROM enqueue_payment_outbox('instruction-2', 'participant-1', 'key-1', 'sepa', '{}');

-- @check queue: owner
SELECT sequence_id, instruction_id FROM payment_outbox_pending;
