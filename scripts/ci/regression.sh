#!/bin/sh
# The regression query of the plan, and every standing invariant, read-only, on the database of OUTBOX_EVIDENCE_DB_URL or
# --db-url:  SELECT COUNT(*) FROM payment_outbox_attempts WHERE state='DISPATCHING';
set -eu
cd -- "$(dirname -- "$0")/../.."
exec ./scripts/invoke regression "$@"
