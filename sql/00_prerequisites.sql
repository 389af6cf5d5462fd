-- What the model needs before anything is made: a server that it was proved on.

DO $$
BEGIN
    IF pg_catalog.current_setting('server_version_num')::integer < 150000 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'P7001',
            MESSAGE = 'MODEL_PREREQUISITE_MISSING: the server is too old for the lease model',
            DETAIL = pg_catalog.format('got PostgreSQL %s; expected 15 or newer', pg_catalog.current_setting('server_version')),
            HINT = 'Upgrade the server, then apply sql/ again.';
    END IF;
    IF pg_catalog.to_regnamespace('public') IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'P7001',
            MESSAGE = 'MODEL_PREREQUISITE_MISSING: the schema "public" is missing',
            DETAIL = pg_catalog.format('got database %I without it; expected the schema that the model stands in', pg_catalog.current_database()),
            HINT = 'CREATE SCHEMA public, then apply sql/ again.';
    END IF;
END
$$;
