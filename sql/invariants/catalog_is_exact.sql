-- Grants, owners, tables, triggers, rules, indexes, constraints, functions and roles are exactly those of the model.
WITH expected_function (name, security_definer, grantees) AS (
    VALUES
        ('claim_outbox_batch', true, 'outbox_executor'),
        ('close_outbox_claims', false, ''),
        ('complete_outbox_attempt', true, 'outbox_executor'),
        ('complete_outbox_attempts', true, 'outbox_executor'),
        ('date_retry_ceiling', false, ''),
        ('draw_participant_sequence', false, ''),
        ('end_expired_leases', false, ''),
        ('enqueue_payment_outbox', true, 'outbox_ingest'),
        ('new_outbox_id', false, ''),
        ('open_outbox_claims', false, ''),
        ('outbox_clock', false, 'outbox_auditor outbox_executor outbox_readonly'),
        ('outbox_completion_refusal', false, ''),
        ('outbox_incarnation', false, 'outbox_auditor outbox_executor outbox_readonly'),
        ('outbox_lease_refusal', false, ''),
        ('outbox_retry_delay', false, ''),
        ('reconcile_dispatched_payment', false, ''),
        ('record_outbox_outcome', false, ''),
        ('refuse_broken_epoch', false, ''),
        ('refuse_change_of_identity', false, ''),
        ('refuse_change_of_ledger', false, ''),
        ('repair_expired_leases', true, 'outbox_executor'),
        ('report_late_outcome', true, 'outbox_executor'),
        ('require_current_lease_for_ledger_row', false, ''),
        ('require_integer_between', false, ''),
        ('require_ledger_row_for_ended_lease', false, ''),
        ('require_open_claims', false, ''),
        ('require_outbox_settings', false, ''),
        ('require_terminal_row_for_removal', false, ''),
        ('require_worker_id', false, '')
),
actual_function AS (
    SELECT
        f.oid,
        f.proname::text AS name,
        f.prosecdef AS security_definer,
        (
            SELECT coalesce(string_agg(CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE x.grantee::regrole::text END || CASE WHEN x.is_grantable THEN '*' ELSE '' END, ' ' ORDER BY x.grantee::regrole::text COLLATE "C"), '')
            FROM aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) AS x
            WHERE x.grantee <> f.proowner
        ) AS grantees,
        f.proowner::regrole::text = 'outbox_control'
            OR f.proname IN ('close_outbox_claims', 'open_outbox_claims', 'reconcile_dispatched_payment') AS owner_is_right,
        coalesce(f.proconfig = ARRAY['search_path=pg_catalog, pg_temp'], false) AS path_is_pinned
    FROM pg_catalog.pg_proc AS f
    WHERE f.pronamespace = 'public'::regnamespace
        AND f.proname = ANY (ARRAY(SELECT e.name::name FROM expected_function AS e))
),
expected_grant (relation, grantee, privileges, column_privileges, columns) AS (
    VALUES
        ('outbox_settings', 'outbox_auditor', 'SELECT', NULL, 0),
        ('outbox_settings', 'outbox_control', 'SELECT', 'UPDATE', 1),
        ('participant_outbox_sequences', 'outbox_auditor', 'SELECT', NULL, 0),
        ('participant_outbox_sequences', 'outbox_control', 'INSERT SELECT UPDATE', NULL, 0),
        ('payment_outbox_attempts', 'outbox_auditor', NULL, 'SELECT', 19),
        ('payment_outbox_attempts', 'outbox_control', 'INSERT SELECT', NULL, 0),
        ('payment_outbox_keys', 'outbox_auditor', NULL, 'SELECT', 6),
        ('payment_outbox_keys', 'outbox_control', 'INSERT SELECT', NULL, 0),
        ('payment_outbox_late_outcomes', 'outbox_auditor', 'SELECT', NULL, 0),
        ('payment_outbox_late_outcomes', 'outbox_control', 'INSERT SELECT', NULL, 0),
        ('payment_outbox_pending', 'outbox_auditor', NULL, 'SELECT', 13),
        ('payment_outbox_pending', 'outbox_control', 'DELETE INSERT SELECT UPDATE', NULL, 0),
        ('supervisor_outbox_status', 'outbox_auditor', 'SELECT', NULL, 0),
        ('supervisor_outbox_status', 'outbox_executor', 'SELECT', NULL, 0),
        ('supervisor_outbox_status', 'outbox_readonly', 'SELECT', NULL, 0)
),
model_role AS (
    SELECT o.*
    FROM pg_catalog.pg_roles AS o
    WHERE o.rolname IN ('outbox_ingest', 'outbox_executor', 'outbox_readonly', 'outbox_auditor', 'outbox_control')
),
model_relation AS (
    SELECT c.oid, c.relname::text AS name, c.relkind, c.relowner, c.relacl, c.relpersistence, c.relrowsecurity
    FROM pg_catalog.pg_class AS c
    WHERE c.relnamespace = 'public'::regnamespace
        AND c.relname = ANY (ARRAY(SELECT e.relation::name FROM expected_grant AS e))
        AND c.relkind IN ('r', 'v')
),
actual_grant AS (
    SELECT
        g.relation,
        g.grantee,
        string_agg(DISTINCT g.privilege, ' ' ORDER BY g.privilege) FILTER (WHERE g.attnum IS NULL) AS privileges,
        string_agg(DISTINCT g.privilege, ' ' ORDER BY g.privilege) FILTER (WHERE g.attnum IS NOT NULL) AS column_privileges,
        count(g.attnum) AS columns
    FROM (
        SELECT r.name AS relation, x.grantee, x.privilege_type || CASE WHEN x.is_grantable THEN '*' ELSE '' END AS privilege, NULL::smallint AS attnum, r.relowner
        FROM model_relation AS r
        CROSS JOIN LATERAL aclexplode(r.relacl) AS x
        UNION ALL
        SELECT r.name, x.grantee, x.privilege_type || CASE WHEN x.is_grantable THEN '*' ELSE '' END, t.attnum, r.relowner
        FROM model_relation AS r
        JOIN pg_catalog.pg_attribute AS t ON t.attrelid = r.oid
        CROSS JOIN LATERAL aclexplode(t.attacl) AS x
    ) AS named (relation, grantee_oid, privilege, attnum, owner_oid)
    CROSS JOIN LATERAL (
        SELECT named.relation, CASE named.grantee_oid WHEN 0 THEN 'PUBLIC' ELSE named.grantee_oid::regrole::text END AS grantee, named.privilege, named.attnum
    ) AS g
    WHERE named.grantee_oid <> named.owner_oid
    GROUP BY g.relation, g.grantee
),
expected_trigger (relation, name, enabled, kind, calls, has_condition) AS (
    VALUES
        ('outbox_settings', 'outbox_settings_ceiling_is_dated', 'O', 19, 'date_retry_ceiling', true),
        ('payment_outbox_attempts', 'payment_outbox_attempts_append_only', 'A', 27, 'refuse_change_of_ledger', false),
        ('payment_outbox_attempts', 'payment_outbox_attempts_needs_current_lease', 'O', 7, 'require_current_lease_for_ledger_row', false),
        ('payment_outbox_attempts', 'payment_outbox_attempts_no_truncate', 'A', 34, 'refuse_change_of_ledger', false),
        ('payment_outbox_keys', 'payment_outbox_keys_append_only', 'A', 27, 'refuse_change_of_ledger', false),
        ('payment_outbox_keys', 'payment_outbox_keys_no_truncate', 'A', 34, 'refuse_change_of_ledger', false),
        ('payment_outbox_late_outcomes', 'payment_outbox_late_outcomes_append_only', 'A', 27, 'refuse_change_of_ledger', false),
        ('payment_outbox_late_outcomes', 'payment_outbox_late_outcomes_no_truncate', 'A', 34, 'refuse_change_of_ledger', false),
        ('payment_outbox_pending', 'payment_outbox_pending_epoch_counts_leases', 'O', 19, 'refuse_broken_epoch', true),
        ('payment_outbox_pending', 'payment_outbox_pending_identity_is_frozen', 'O', 19, 'refuse_change_of_identity', true),
        ('payment_outbox_pending', 'payment_outbox_pending_lease_leaves_a_trace', 'O', 19, 'require_ledger_row_for_ended_lease', true),
        ('payment_outbox_pending', 'payment_outbox_pending_no_truncate', 'O', 34, 'require_terminal_row_for_removal', false),
        ('payment_outbox_pending', 'payment_outbox_pending_no_vanishing', 'O', 8, 'require_terminal_row_for_removal', false)
),
actual_trigger AS (
    SELECT r.name AS relation, t.tgname::text AS name, t.tgenabled::text AS enabled, t.tgtype::integer AS kind,
        f.proname::text AS calls, t.tgqual IS NOT NULL AS has_condition
    FROM pg_catalog.pg_trigger AS t
    JOIN model_relation AS r ON r.oid = t.tgrelid
    LEFT JOIN pg_catalog.pg_proc AS f ON f.oid = t.tgfoid AND f.pronamespace = 'public'::regnamespace
    WHERE NOT t.tgisinternal
)
SELECT 'function' AS what, coalesce(e.name, a.name) AS name, to_jsonb(e)::text AS expected, to_jsonb(a)::text AS got
FROM expected_function AS e
FULL JOIN actual_function AS a ON a.name = e.name
WHERE (a.security_definer, a.grantees, a.owner_is_right, a.path_is_pinned) IS DISTINCT FROM (e.security_definer, e.grantees, true, true)
UNION ALL
SELECT 'owned', pg_describe_object(d.classid, d.objid, d.objsubid), 'outbox_control owns functions of the model and nothing else', 'unknown'
FROM pg_catalog.pg_shdepend AS d
WHERE d.refclassid = 'pg_catalog.pg_authid'::regclass
    AND d.refobjid = to_regrole('outbox_control')
    AND d.deptype = 'o'
    AND d.dbid = (SELECT b.oid FROM pg_catalog.pg_database AS b WHERE b.datname = current_database())
    AND NOT (d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = ANY (ARRAY(SELECT a.oid FROM actual_function AS a)))
UNION ALL
SELECT 'overload', a.name, '1', count(*)::text
FROM actual_function AS a
GROUP BY a.name
HAVING count(*) > 1
UNION ALL
SELECT 'grant', coalesce(e.relation, a.relation) || ' to ' || coalesce(e.grantee, a.grantee), to_jsonb(e)::text, to_jsonb(a)::text
FROM expected_grant AS e
FULL JOIN actual_grant AS a ON a.relation = e.relation AND a.grantee = e.grantee
WHERE (a.privileges, a.column_privileges, a.columns) IS DISTINCT FROM (e.privileges, e.column_privileges, e.columns::bigint)
UNION ALL
SELECT 'trigger', coalesce(e.name, a.name), to_jsonb(e)::text, to_jsonb(a)::text
FROM expected_trigger AS e
FULL JOIN actual_trigger AS a ON a.relation = e.relation AND a.name = e.name
WHERE (a.enabled, a.kind, a.calls, a.has_condition) IS DISTINCT FROM (e.enabled, e.kind, e.calls, e.has_condition)
UNION ALL
SELECT 'index', x.indexrelid::regclass::text, 'valid, ready and live', 'invalid, not ready or dropped'
FROM pg_catalog.pg_index AS x
JOIN model_relation AS r ON r.oid = x.indrelid
WHERE NOT (x.indisvalid AND x.indisready AND x.indislive)
UNION ALL
SELECT 'index', k.name, 'present', 'missing'
FROM (VALUES ('payment_outbox_attempts_dispatching'), ('payment_outbox_pending_due'), ('payment_outbox_pending_leased')) AS k (name)
WHERE NOT EXISTS (
    SELECT
    FROM pg_catalog.pg_index AS x
    JOIN model_relation AS r ON r.oid = x.indrelid
    JOIN pg_catalog.pg_class AS c ON c.oid = x.indexrelid
    WHERE c.relname = k.name
)
UNION ALL
SELECT 'depends', pg_describe_object(d.classid, d.objid, d.objsubid), 'what PostgreSQL or the model brings', pg_describe_object(d.refclassid, d.refobjid, 0)
FROM (
    SELECT 'pg_catalog.pg_constraint'::regclass AS classid, n.oid AS objid FROM pg_catalog.pg_constraint AS n JOIN model_relation AS r ON r.oid = n.conrelid
    UNION ALL
    SELECT 'pg_catalog.pg_trigger'::regclass, t.oid FROM pg_catalog.pg_trigger AS t JOIN model_relation AS r ON r.oid = t.tgrelid
    UNION ALL
    SELECT 'pg_catalog.pg_attrdef'::regclass, a.oid FROM pg_catalog.pg_attrdef AS a JOIN model_relation AS r ON r.oid = a.adrelid
    UNION ALL
    SELECT 'pg_catalog.pg_class'::regclass, x.indexrelid FROM pg_catalog.pg_index AS x JOIN model_relation AS r ON r.oid = x.indrelid
    UNION ALL
    SELECT 'pg_catalog.pg_rewrite'::regclass, w.oid FROM pg_catalog.pg_rewrite AS w JOIN model_relation AS r ON r.oid = w.ev_class
) AS part
JOIN pg_catalog.pg_depend AS d ON d.classid = part.classid AND d.objid = part.objid
LEFT JOIN pg_catalog.pg_proc AS f ON d.refclassid = 'pg_catalog.pg_proc'::regclass AND f.oid = d.refobjid
LEFT JOIN pg_catalog.pg_operator AS o ON d.refclassid = 'pg_catalog.pg_operator'::regclass AND o.oid = d.refobjid
WHERE coalesce(f.pronamespace, o.oprnamespace) <> 'pg_catalog'::regnamespace
    AND coalesce(f.oid <> ALL (ARRAY(SELECT a.oid FROM actual_function AS a)), true)
UNION ALL
SELECT 'terminal guard', 'payment_outbox_attempts_one_terminal_per_outbox', 'a unique, immediate, partial index on outbox_id',
    coalesce((SELECT pg_get_indexdef(x.indexrelid) FROM pg_catalog.pg_index AS x WHERE x.indexrelid = to_regclass('public.payment_outbox_attempts_one_terminal_per_outbox')), 'missing')
WHERE NOT EXISTS (
    SELECT
    FROM pg_catalog.pg_index AS x
    WHERE x.indexrelid = to_regclass('public.payment_outbox_attempts_one_terminal_per_outbox')
        AND x.indrelid = to_regclass('public.payment_outbox_attempts')
        AND x.indisunique
        AND x.indimmediate
        AND pg_get_indexdef(x.indexrelid, 1, true) = 'outbox_id'
        AND x.indnkeyatts = 1
        AND pg_get_expr(x.indpred, x.indrelid) LIKE '%ANY (ARRAY[''DISPATCHED''::%payment_outbox_attempt_state, ''FAILED''::%payment_outbox_attempt_state])%'
)
UNION ALL
SELECT 'constraint', n.conname, 'validated and immediate', 'not validated, or deferrable'
FROM pg_catalog.pg_constraint AS n
JOIN model_relation AS r ON r.oid = n.conrelid
WHERE NOT n.convalidated OR n.condeferrable
UNION ALL
SELECT 'constraint', k.name, 'present', 'missing'
FROM (
    VALUES
        ('outbox_settings_has_one_row'), ('outbox_settings_pkey'), ('participant_outbox_sequences_pkey'),
        ('payment_outbox_attempts_no_new_dispatching'), ('payment_outbox_attempts_one_row_per_lease'), ('payment_outbox_attempts_pkey'),
        ('payment_outbox_keys_one_payment_per_request'), ('payment_outbox_keys_pkey'),
        ('payment_outbox_late_outcomes_is_registered'), ('payment_outbox_late_outcomes_one_row_per_lease'),
        ('payment_outbox_pending_is_registered'), ('payment_outbox_pending_lease_is_whole'), ('payment_outbox_pending_one_row_per_request'),
        ('payment_outbox_pending_one_row_per_sequence_number'), ('payment_outbox_pending_pkey')
) AS k (name)
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS n JOIN model_relation AS r ON r.oid = n.conrelid WHERE n.conname = k.name)
UNION ALL
SELECT 'constraint trigger', r.name, 'enabled', 'disabled: ' || t.tgname
FROM pg_catalog.pg_trigger AS t
JOIN model_relation AS r ON r.oid = t.tgrelid
WHERE t.tgisinternal AND t.tgenabled <> 'O'
UNION ALL
SELECT 'owner', o.name, 'one owner of all tables, who is no role of the model', pg_get_userbyid(o.owner)
FROM (
    SELECT r.name, r.relowner FROM model_relation AS r
    UNION ALL
    SELECT t.typname::text, t.typowner FROM pg_catalog.pg_type AS t WHERE t.oid = to_regtype('public.payment_outbox_attempt_state')
    UNION ALL
    SELECT f.proname::text, f.proowner
    FROM pg_catalog.pg_proc AS f
    WHERE f.pronamespace = 'public'::regnamespace AND f.proname IN ('close_outbox_claims', 'open_outbox_claims', 'reconcile_dispatched_payment')
) AS o (name, owner)
WHERE o.owner <> (SELECT c.relowner FROM pg_catalog.pg_class AS c WHERE c.oid = to_regclass('public.outbox_settings'))
    OR o.owner IN (SELECT m.oid FROM model_role AS m)
UNION ALL
SELECT 'table', r.name, 'logged, without row security, rules, parents or children', 'otherwise'
FROM model_relation AS r
WHERE r.relkind = 'r'
    AND (
        r.relpersistence <> 'p'
        OR r.relrowsecurity
        OR EXISTS (SELECT FROM pg_catalog.pg_rewrite AS w WHERE w.ev_class = r.oid)
        OR EXISTS (SELECT FROM pg_catalog.pg_inherits AS i WHERE r.oid IN (i.inhrelid, i.inhparent))
    )
UNION ALL
SELECT 'membership', m.member::regrole::text, 'no role of the model is a member of another role', 'member of ' || m.roleid::regrole::text
FROM pg_catalog.pg_auth_members AS m
WHERE m.member IN (SELECT o.oid FROM model_role AS o)
UNION ALL
SELECT 'setting', coalesce(pg_get_userbyid(nullif(d.setrole, 0)), current_database()), 'triggers fire', x.setting
FROM pg_catalog.pg_db_role_setting AS d
CROSS JOIN LATERAL unnest(d.setconfig) AS x (setting)
WHERE d.setdatabase IN (0, (SELECT b.oid FROM pg_catalog.pg_database AS b WHERE b.datname = current_database()))
    AND x.setting LIKE 'session_replication_role=%'
UNION ALL
SELECT 'role', o.rolname, 'no power of its own; outbox_control: no login and no member', 'more'
FROM model_role AS o
WHERE o.rolsuper OR o.rolcreaterole OR o.rolcreatedb OR o.rolreplication OR o.rolbypassrls
    OR (o.rolname = 'outbox_control' AND (o.rolcanlogin OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m WHERE m.roleid = o.oid)))
UNION ALL
SELECT 'schema', 'public', 'owned by a superuser or by the owner of the tables', pg_get_userbyid(w.owner)
FROM (
    SELECT CASE WHEN n.nspowner = to_regrole('pg_database_owner') THEN b.datdba ELSE n.nspowner END AS owner
    FROM pg_catalog.pg_namespace AS n
    JOIN pg_catalog.pg_database AS b ON b.datname = current_database()
    WHERE n.nspname = 'public'
) AS w
WHERE w.owner <> (SELECT c.relowner FROM pg_catalog.pg_class AS c WHERE c.oid = to_regclass('public.outbox_settings'))
    AND NOT (SELECT o.rolsuper FROM pg_catalog.pg_roles AS o WHERE o.oid = w.owner)
UNION ALL
SELECT 'schema', 'public', 'nobody but its owner creates objects', 'CREATE granted to ' || CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE x.grantee::regrole::text END
FROM pg_catalog.pg_namespace AS n
CROSS JOIN LATERAL aclexplode(n.nspacl) AS x
WHERE n.nspname = 'public' AND x.privilege_type = 'CREATE' AND (x.grantee = 0 OR x.grantee::regrole::text LIKE 'outbox%');
