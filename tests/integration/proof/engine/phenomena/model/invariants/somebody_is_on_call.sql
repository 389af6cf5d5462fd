-- At least one doctor is on call.
SELECT count(*) AS doctors FROM public.doctors HAVING count(*) FILTER (WHERE on_call) = 0
