-- Each participant's counter stands one after its last payment.
SELECT coalesce(u.participant_id, s.participant_id) AS participant_id, s.next_sequence_id, u.last_number
FROM (
    SELECT n.participant_id, max(n.sequence_id) AS last_number
    FROM (
        SELECT p.participant_id, p.sequence_id FROM public.payment_outbox_pending AS p
        UNION ALL
        SELECT a.participant_id, a.sequence_id FROM public.payment_outbox_attempts AS a
    ) AS n
    GROUP BY n.participant_id
) AS u
FULL JOIN public.participant_outbox_sequences AS s ON s.participant_id = u.participant_id
WHERE s.next_sequence_id IS DISTINCT FROM coalesce(u.last_number, 0) + 1;
