-- A call with no outcome is refused by its size, before anything else is looked at.

-- @step empty: worker
SELECT * FROM complete_outbox_attempts('worker-1', '{}', '{}', '{}');

-- @step nothing: worker
SELECT * FROM complete_outbox_attempts('worker-1', NULL, '{}', '{}');
