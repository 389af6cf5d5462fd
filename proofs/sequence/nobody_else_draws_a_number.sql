-- Nobody but the owner of the functions draws a sequence number.

-- @step ingest: ingest
SELECT draw_participant_sequence('participant-1');

-- @step worker: worker
SELECT draw_participant_sequence('participant-1');

-- @step readonly: readonly
SELECT draw_participant_sequence('participant-1');

-- @step auditor: auditor
SELECT draw_participant_sequence('participant-1');

-- @step stranger: stranger
SELECT draw_participant_sequence('participant-1');

-- @check counters: owner
SELECT count(*) FROM participant_outbox_sequences;
