-- The ledger refuses to forget, and says how to go on.

-- @setup append: a
INSERT INTO ledger VALUES ('kept');

-- @step delete: a
DELETE FROM ledger;

-- @step truncate: a
TRUNCATE ledger;
