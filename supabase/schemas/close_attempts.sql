-- Completes the verdicts of a test that is over. An answer without a verdict, because its process died, becomes `accepted` if its
-- question is in the test, else `late`.
create or replace function public.close_attempts(of_test uuid) returns void
language sql set search_path = '' as $$
  update public.test_attempt a set verdict = a.verdict || case
    when exists (
      select from public.test_question q
      where q.test_id = of_test and q.slot = a.slot and (q.checks ->> 'round')::int = a.round
    ) then '{"outcome": "accepted", "final": true}'::jsonb
    else '{"outcome": "late", "final": true, "message": "The test was over before this question was judged."}'
  end
  where a.test_id = of_test and a.role = 'writer' and a.verdict ->> 'outcome' = 'written';
$$;
