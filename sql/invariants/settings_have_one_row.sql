-- The limits are there, once.
SELECT count(*) AS settings_rows
FROM public.outbox_settings
HAVING count(*) <> 1;
