-- The clock is the wall clock at the call, not the start of the transaction or of the statement.

-- @step begin: worker
BEGIN;

-- @step readings: worker
SELECT outbox_clock() > statement_timestamp() AS after_the_statement, outbox_clock() BETWEEN statement_timestamp() AND clock_timestamp() AS now FROM generate_series(1, 1);

-- @step later: worker
SELECT outbox_clock() > now() AS after_the_transaction, clock_timestamp() - outbox_clock() < interval '5 seconds' AS close;
