-- A participant's sequence number names one payment, and the participant's numbers run 1 2 3 without a gap.
SELECT u.participant_id, min(u.sequence_id) AS first_number, max(u.sequence_id) AS last_number, count(*) AS numbered_payments
FROM (
    SELECT p.participant_id, p.sequence_id, p.outbox_id FROM public.payment_outbox_pending AS p
    UNION
    SELECT a.participant_id, a.sequence_id, a.outbox_id FROM public.payment_outbox_attempts AS a
) AS u
GROUP BY u.participant_id
HAVING min(u.sequence_id) <> 1 OR max(u.sequence_id) <> count(*) OR count(DISTINCT u.sequence_id) <> count(*);
