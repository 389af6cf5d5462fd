-- No account is below zero.
SELECT name FROM public.accounts WHERE balance < 0
