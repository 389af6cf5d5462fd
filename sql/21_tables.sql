-- Six tables: limits, the registry of requests, the queue, the ledger, late outcomes and the participants' counters.

-- Applied again beside live traffic: the tables in the order in which every call writes them, so that nobody is in a
-- deadlock's way. Test: test_applying.py::test_applying_again_waits_for_traffic_and_deadlocks_with_nobody.
DO $$
BEGIN
    IF pg_catalog.to_regclass('public.payment_outbox_pending') IS NOT NULL THEN
        LOCK TABLE
            public.payment_outbox_keys, public.payment_outbox_late_outcomes, public.payment_outbox_attempts,
            public.outbox_settings, public.payment_outbox_pending
        IN SHARE ROW EXCLUSIVE MODE;
    END IF;
END
$$;

CREATE TABLE IF NOT EXISTS public.outbox_settings (
    singleton boolean NOT NULL DEFAULT true
        CONSTRAINT outbox_settings_pkey PRIMARY KEY
        CONSTRAINT outbox_settings_has_one_row CHECK (singleton),
    retry_ceiling integer NOT NULL DEFAULT 20
        CONSTRAINT outbox_settings_retry_ceiling_in_range CHECK (retry_ceiling BETWEEN 1 AND 1000),
    retry_ceiling_since timestamptz NOT NULL DEFAULT '-infinity',
    max_batch_size integer NOT NULL DEFAULT 1000
        CONSTRAINT outbox_settings_max_batch_size_in_range CHECK (max_batch_size BETWEEN 1 AND 10000),
    max_lease_seconds integer NOT NULL DEFAULT 900
        CONSTRAINT outbox_settings_max_lease_seconds_in_range CHECK (max_lease_seconds BETWEEN 1 AND 86400),
    retry_delay_seconds integer NOT NULL DEFAULT 1
        CONSTRAINT outbox_settings_retry_delay_seconds_in_range CHECK (retry_delay_seconds BETWEEN 0 AND max_retry_delay_seconds),
    max_retry_delay_seconds integer NOT NULL DEFAULT 86400
        CONSTRAINT outbox_settings_max_retry_delay_seconds_in_range CHECK (max_retry_delay_seconds BETWEEN 1 AND 604800),
    claims_open boolean NOT NULL DEFAULT true,
    claims_closed_reason text,
    incarnation text NOT NULL,
    identifier_namespace uuid NOT NULL DEFAULT gen_random_uuid()
);

COMMENT ON TABLE public.outbox_settings IS 'Limits of the model, one row. Only the owner writes them; no session setting moves them.';
COMMENT ON COLUMN public.outbox_settings.singleton IS 'Always true: there is one row.';
COMMENT ON COLUMN public.outbox_settings.retry_ceiling IS 'The attempt at which a payment that is still not decided becomes FAILED.';
COMMENT ON COLUMN public.outbox_settings.retry_ceiling_since IS 'When the ceiling was last changed; earlier leases ended under another one.';
COMMENT ON COLUMN public.outbox_settings.max_batch_size IS 'The most rows that one call may claim, complete or repair.';
COMMENT ON COLUMN public.outbox_settings.max_lease_seconds IS 'The longest lease, in seconds.';
COMMENT ON COLUMN public.outbox_settings.retry_delay_seconds IS 'The delay after a repair, and after a RETRYABLE outcome that asks for none, in seconds.';
COMMENT ON COLUMN public.outbox_settings.max_retry_delay_seconds IS 'The longest delay that a worker may ask for, in seconds.';
COMMENT ON COLUMN public.outbox_settings.claims_open IS 'False while the owner keeps claims and repairs closed.';
COMMENT ON COLUMN public.outbox_settings.claims_closed_reason IS 'Why the owner closed them.';
COMMENT ON COLUMN public.outbox_settings.incarnation IS
    'The cluster, timeline and database that claims were opened for. In a restored or promoted copy it differs from outbox_incarnation(), and claims are closed.';
COMMENT ON COLUMN public.outbox_settings.identifier_namespace IS
    'What payments'' identifiers are derived from, beside instruction and key. A copy of this database derives the same, another outbox does not.';

CREATE TABLE IF NOT EXISTS public.payment_outbox_keys (
    outbox_id uuid NOT NULL
        CONSTRAINT payment_outbox_keys_pkey PRIMARY KEY,
    instruction_id text COLLATE "C" NOT NULL
        CONSTRAINT payment_outbox_keys_instruction_id_is_printable CHECK (instruction_id ~ '^[!-~]{1,128}$'),
    idempotency_key text COLLATE "C" NOT NULL
        CONSTRAINT payment_outbox_keys_idempotency_key_is_printable CHECK (idempotency_key ~ '^[!-~]{1,128}$'),
    participant_id text COLLATE "C" NOT NULL
        CONSTRAINT payment_outbox_keys_participant_id_is_printable CHECK (participant_id ~ '^[!-~]{1,128}$'),
    rail_type text COLLATE "C" NOT NULL
        CONSTRAINT payment_outbox_keys_rail_type_is_printable CHECK (rail_type ~ '^[!-~]{1,64}$'),
    request_hash bytea NOT NULL,
    registered_at timestamptz NOT NULL,
    CONSTRAINT payment_outbox_keys_one_payment_per_request UNIQUE (instruction_id, idempotency_key)
);

COMMENT ON TABLE public.payment_outbox_keys IS 'Every request ever accepted, for life: what makes a duplicate safe after the payment left the queue.';
COMMENT ON COLUMN public.payment_outbox_keys.outbox_id IS 'The payment: the idempotency key that the rail sees.';
COMMENT ON COLUMN public.payment_outbox_keys.instruction_id IS 'The instruction of the ledger that asks for the payment.';
COMMENT ON COLUMN public.payment_outbox_keys.idempotency_key IS 'The caller''s key within the instruction.';
COMMENT ON COLUMN public.payment_outbox_keys.participant_id IS 'Who pays.';
COMMENT ON COLUMN public.payment_outbox_keys.rail_type IS 'Which rail carries it.';
COMMENT ON COLUMN public.payment_outbox_keys.request_hash IS 'SHA-256 of participant, rail and payload: another request under the same key is a conflict.';
COMMENT ON COLUMN public.payment_outbox_keys.registered_at IS 'When the request was accepted.';

CREATE TABLE IF NOT EXISTS public.payment_outbox_pending (
    outbox_id uuid NOT NULL
        CONSTRAINT payment_outbox_pending_pkey PRIMARY KEY
        CONSTRAINT payment_outbox_pending_is_registered REFERENCES public.payment_outbox_keys (outbox_id),
    instruction_id text COLLATE "C" NOT NULL,
    participant_id text COLLATE "C" NOT NULL,
    sequence_id bigint NOT NULL
        CONSTRAINT payment_outbox_pending_sequence_id_is_positive CHECK (sequence_id > 0),
    idempotency_key text COLLATE "C" NOT NULL,
    rail_type text COLLATE "C" NOT NULL,
    payload jsonb NOT NULL
        CONSTRAINT payment_outbox_pending_payload_is_an_object CHECK (jsonb_typeof(payload) = 'object')
        CONSTRAINT payment_outbox_pending_payload_is_bounded CHECK (octet_length(payload::text) <= 65536),
    attempt_count integer NOT NULL DEFAULT 0
        CONSTRAINT payment_outbox_pending_attempt_count_is_not_negative CHECK (attempt_count >= 0),
    next_attempt_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    lease_epoch bigint NOT NULL DEFAULT 0
        CONSTRAINT payment_outbox_pending_lease_epoch_is_not_negative CHECK (lease_epoch >= 0),
    lease_token uuid,
    claimed_by text COLLATE "C",
    leased_at timestamptz,
    lease_expires_at timestamptz,
    lease_xid xid8,
    lease_incarnation text COLLATE "C",
    CONSTRAINT payment_outbox_pending_one_row_per_request UNIQUE (instruction_id, idempotency_key),
    CONSTRAINT payment_outbox_pending_one_row_per_sequence_number UNIQUE (participant_id, sequence_id),
    CONSTRAINT payment_outbox_pending_lease_is_whole CHECK (
        num_nonnulls(lease_token, claimed_by, leased_at, lease_expires_at, lease_xid, lease_incarnation) IN (0, 6)
    )
)
WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01);

COMMENT ON TABLE public.payment_outbox_pending IS 'Payments whose outcome is not final, each with its lease. The lease columns are the only truth about who may act.';
COMMENT ON COLUMN public.payment_outbox_pending.outbox_id IS 'The payment.';
COMMENT ON COLUMN public.payment_outbox_pending.instruction_id IS 'As registered.';
COMMENT ON COLUMN public.payment_outbox_pending.participant_id IS 'As registered.';
COMMENT ON COLUMN public.payment_outbox_pending.sequence_id IS 'The participant''s own count of payments, 1 2 3 without a gap.';
COMMENT ON COLUMN public.payment_outbox_pending.idempotency_key IS 'As registered.';
COMMENT ON COLUMN public.payment_outbox_pending.rail_type IS 'As registered.';
COMMENT ON COLUMN public.payment_outbox_pending.payload IS 'What the rail is sent: a JSON object of at most 65536 bytes.';
COMMENT ON COLUMN public.payment_outbox_pending.attempt_count IS 'Rows that the ledger holds for this payment.';
COMMENT ON COLUMN public.payment_outbox_pending.next_attempt_at IS 'Not claimable before.';
COMMENT ON COLUMN public.payment_outbox_pending.created_at IS 'When the payment was enqueued.';
COMMENT ON COLUMN public.payment_outbox_pending.lease_epoch IS 'Leases granted so far; only grows: the fencing token for the rail.';
COMMENT ON COLUMN public.payment_outbox_pending.lease_token IS 'What the holder must show; NULL when nobody holds the row.';
COMMENT ON COLUMN public.payment_outbox_pending.claimed_by IS 'The worker that holds the lease.';
COMMENT ON COLUMN public.payment_outbox_pending.leased_at IS 'When the lease was granted.';
COMMENT ON COLUMN public.payment_outbox_pending.lease_expires_at IS 'From this instant on the lease is over.';
COMMENT ON COLUMN public.payment_outbox_pending.lease_xid IS 'The transaction that claimed: it may not complete.';
COMMENT ON COLUMN public.payment_outbox_pending.lease_incarnation IS 'The incarnation that granted the lease: no other honours it.';

-- Two separate scans keep a claim's cost flat: due rows without a lease, and leases in the order in which they run out.
CREATE INDEX IF NOT EXISTS payment_outbox_pending_due
    ON public.payment_outbox_pending (next_attempt_at, created_at)
    WHERE lease_token IS NULL;
CREATE INDEX IF NOT EXISTS payment_outbox_pending_leased
    ON public.payment_outbox_pending (lease_expires_at)
    WHERE lease_token IS NOT NULL;

CREATE TABLE IF NOT EXISTS public.payment_outbox_attempts (
    outbox_id uuid NOT NULL,
    attempt_no integer NOT NULL
        CONSTRAINT payment_outbox_attempts_attempt_no_is_positive CHECK (attempt_no > 0),
    state public.payment_outbox_attempt_state NOT NULL
        CONSTRAINT payment_outbox_attempts_no_new_dispatching CHECK (state <> 'DISPATCHING'),
    instruction_id text COLLATE "C" NOT NULL,
    participant_id text COLLATE "C" NOT NULL,
    sequence_id bigint NOT NULL,
    idempotency_key text COLLATE "C" NOT NULL,
    rail_type text COLLATE "C" NOT NULL,
    payload jsonb NOT NULL,
    lease_epoch bigint NOT NULL,
    lease_token uuid NOT NULL,
    lease_worker text COLLATE "C" NOT NULL,
    leased_at timestamptz NOT NULL,
    recorded_by text COLLATE "C" NOT NULL,
    recorded_at timestamptz NOT NULL,
    ended_by text COLLATE "C" NOT NULL
        CONSTRAINT payment_outbox_attempts_ended_by_is_known CHECK (ended_by IN ('COMPLETION', 'REPAIR', 'RECONCILIATION')),
    rail_reference text,
    rail_code text,
    error_code text,
    error_message text,
    latency_ms integer
        CONSTRAINT payment_outbox_attempts_latency_ms_is_not_negative CHECK (latency_ms >= 0),
    CONSTRAINT payment_outbox_attempts_pkey PRIMARY KEY (outbox_id, attempt_no),
    CONSTRAINT payment_outbox_attempts_one_row_per_lease UNIQUE (outbox_id, lease_epoch)
);

COMMENT ON TABLE public.payment_outbox_attempts IS 'The ledger: one row for each lease that ended. Append-only for everybody.';
COMMENT ON COLUMN public.payment_outbox_attempts.outbox_id IS 'The payment.';
COMMENT ON COLUMN public.payment_outbox_attempts.attempt_no IS '1 2 3 without a gap.';
COMMENT ON COLUMN public.payment_outbox_attempts.state IS 'How the attempt ended.';
COMMENT ON COLUMN public.payment_outbox_attempts.instruction_id IS 'As registered.';
COMMENT ON COLUMN public.payment_outbox_attempts.participant_id IS 'As registered.';
COMMENT ON COLUMN public.payment_outbox_attempts.sequence_id IS 'As drawn at enqueue.';
COMMENT ON COLUMN public.payment_outbox_attempts.idempotency_key IS 'As registered.';
COMMENT ON COLUMN public.payment_outbox_attempts.rail_type IS 'As registered.';
COMMENT ON COLUMN public.payment_outbox_attempts.payload IS 'As enqueued.';
COMMENT ON COLUMN public.payment_outbox_attempts.lease_epoch IS 'Which lease of the payment this row ends.';
COMMENT ON COLUMN public.payment_outbox_attempts.lease_token IS 'Its token, dead by now: a late outcome is recognised by it.';
COMMENT ON COLUMN public.payment_outbox_attempts.lease_worker IS 'The worker that held the lease.';
COMMENT ON COLUMN public.payment_outbox_attempts.leased_at IS 'When the lease was granted.';
COMMENT ON COLUMN public.payment_outbox_attempts.recorded_by IS 'The worker that recorded the end: the holder, or who repaired or took over.';
COMMENT ON COLUMN public.payment_outbox_attempts.recorded_at IS 'When the end was recorded.';
COMMENT ON COLUMN public.payment_outbox_attempts.ended_by IS 'COMPLETION by the holder, REPAIR after expiry, or RECONCILIATION with the rail by the owner.';
COMMENT ON COLUMN public.payment_outbox_attempts.rail_reference IS 'The rail''s own reference, cut to 200 characters.';
COMMENT ON COLUMN public.payment_outbox_attempts.rail_code IS 'The rail''s answer code, cut to 64 characters.';
COMMENT ON COLUMN public.payment_outbox_attempts.error_code IS 'The worker''s error code, cut to 64 characters; LEASE_EXPIRED after a repair.';
COMMENT ON COLUMN public.payment_outbox_attempts.error_message IS 'The error in words, cut to 2000 characters.';
COMMENT ON COLUMN public.payment_outbox_attempts.latency_ms IS 'How long the rail took, in milliseconds; negative values are stored as 0.';

-- The terminal guard: whatever went wrong before, the second final outcome of a payment is refused here.
CREATE UNIQUE INDEX IF NOT EXISTS payment_outbox_attempts_one_terminal_per_outbox
    ON public.payment_outbox_attempts (outbox_id)
    WHERE state IN ('DISPATCHED', 'FAILED');
-- The regression query of the gate (no DISPATCHING row) costs nothing on a large ledger.
CREATE INDEX IF NOT EXISTS payment_outbox_attempts_dispatching
    ON public.payment_outbox_attempts (outbox_id)
    WHERE state = 'DISPATCHING';

CREATE TABLE IF NOT EXISTS public.payment_outbox_late_outcomes (
    outbox_id uuid NOT NULL
        CONSTRAINT payment_outbox_late_outcomes_is_registered REFERENCES public.payment_outbox_keys (outbox_id),
    lease_epoch bigint NOT NULL,
    worker_id text COLLATE "C" NOT NULL,
    state public.payment_outbox_attempt_state NOT NULL
        CONSTRAINT payment_outbox_late_outcomes_state_is_an_outcome CHECK (state IN ('DISPATCHED', 'RETRYABLE', 'FAILED')),
    reported_at timestamptz NOT NULL,
    rail_reference text,
    rail_code text,
    error_code text,
    error_message text,
    latency_ms integer,
    CONSTRAINT payment_outbox_late_outcomes_one_row_per_lease PRIMARY KEY (outbox_id, lease_epoch)
);

COMMENT ON TABLE public.payment_outbox_late_outcomes IS 'What a worker learned from the rail after its lease was over. Never an attempt, never lost; append-only.';
COMMENT ON COLUMN public.payment_outbox_late_outcomes.outbox_id IS 'The payment.';
COMMENT ON COLUMN public.payment_outbox_late_outcomes.lease_epoch IS 'The lease that was lost.';
COMMENT ON COLUMN public.payment_outbox_late_outcomes.worker_id IS 'Its holder.';
COMMENT ON COLUMN public.payment_outbox_late_outcomes.state IS 'The outcome that came too late.';
COMMENT ON COLUMN public.payment_outbox_late_outcomes.reported_at IS 'When it was reported.';
COMMENT ON COLUMN public.payment_outbox_late_outcomes.rail_reference IS 'As in the ledger.';
COMMENT ON COLUMN public.payment_outbox_late_outcomes.rail_code IS 'As in the ledger.';
COMMENT ON COLUMN public.payment_outbox_late_outcomes.error_code IS 'As in the ledger.';
COMMENT ON COLUMN public.payment_outbox_late_outcomes.error_message IS 'As in the ledger.';
COMMENT ON COLUMN public.payment_outbox_late_outcomes.latency_ms IS 'As in the ledger.';

CREATE TABLE IF NOT EXISTS public.participant_outbox_sequences (
    participant_id text COLLATE "C" NOT NULL
        CONSTRAINT participant_outbox_sequences_pkey PRIMARY KEY,
    next_sequence_id bigint NOT NULL
        CONSTRAINT participant_outbox_sequences_next_sequence_id_is_positive CHECK (next_sequence_id > 0)
);

COMMENT ON TABLE public.participant_outbox_sequences IS 'The next number of each participant. A row, not a sequence: a rolled-back enqueue gives its number back.';
COMMENT ON COLUMN public.participant_outbox_sequences.participant_id IS 'Who pays.';
COMMENT ON COLUMN public.participant_outbox_sequences.next_sequence_id IS 'The number that the participant''s next payment gets.';
