-- The states of an attempt. DISPATCHING is only there so that rows of an older model can be read: a CHECK refuses new ones.

DO $$
BEGIN
    IF pg_catalog.to_regtype('public.payment_outbox_attempt_state') IS NULL THEN
        CREATE TYPE public.payment_outbox_attempt_state AS ENUM (
            'DISPATCHING',
            'DISPATCHED',
            'RETRYABLE',
            'FAILED',
            'REPAIR_REQUEUED'
        );
    END IF;
END
$$;

COMMENT ON TYPE public.payment_outbox_attempt_state IS
    'How an attempt ended: DISPATCHED and FAILED are terminal, RETRYABLE and REPAIR_REQUEUED are not, DISPATCHING is refused.';
