-- A procedure that commits keeps what it committed and no more.

-- @step call: a
CALL append_twice();

-- @check kept: b
SELECT note FROM ledger;
