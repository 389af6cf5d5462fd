-- Claims are closed with a reason that every refused worker is shown.

-- @step nothing: owner
SELECT close_outbox_claims(NULL);

-- @step blank: owner
SELECT close_outbox_claims('   ');

-- @step empty: owner
SELECT close_outbox_claims('');

-- @check open: owner
SELECT claims_open FROM outbox_settings;
