-- An index that keeps the cost of a claim flat and is gone is noticed by a standing invariant.

-- @step forge: owner
DROP INDEX payment_outbox_pending_due;
