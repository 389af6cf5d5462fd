#!/bin/sh
# Makes reports/outbox-evidence from the last gate's results without running the gate, or says what to run.
set -eu
cd -- "$(dirname -- "$0")/../.."
exec ./scripts/invoke evidence "$@"
