-- A small model with what PostgreSQL's own isolation tests are about.

CREATE TABLE public.accounts (
    name text PRIMARY KEY,
    balance integer NOT NULL CONSTRAINT balance_is_not_negative CHECK (balance >= 0)
);
INSERT INTO public.accounts VALUES ('checking', 600), ('savings', 600);

CREATE TABLE public.doctors (
    name text PRIMARY KEY,
    on_call boolean NOT NULL
);
INSERT INTO public.doctors VALUES ('alice', true), ('bob', true);

CREATE TABLE public.jobs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    priority integer NOT NULL CONSTRAINT one_job_per_priority UNIQUE DEFERRABLE INITIALLY DEFERRED,
    doubled integer GENERATED ALWAYS AS (priority * 2) STORED
);
INSERT INTO public.jobs (priority) VALUES (1), (2);

CREATE TABLE public.ledger (
    note text
);
CREATE FUNCTION public.refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only' USING DETAIL = TG_OP, HINT = 'Append.';
END
$$;
CREATE TRIGGER ledger_is_append_only BEFORE UPDATE OR DELETE ON public.ledger
    FOR EACH ROW EXECUTE FUNCTION public.refuse_ledger_change();
CREATE TRIGGER ledger_is_not_truncated BEFORE TRUNCATE ON public.ledger
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_ledger_change();
ALTER TABLE public.ledger ENABLE ALWAYS TRIGGER ledger_is_append_only;
ALTER TABLE public.ledger ENABLE ALWAYS TRIGGER ledger_is_not_truncated;

CREATE PROCEDURE public.append_twice() LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.ledger VALUES ('one');
    COMMIT;
    INSERT INTO public.ledger VALUES ('two');
    ROLLBACK;
END
$$;
