-- The number that a question is printed and marked under: 1, 2, 3 by slot, places without a question are left out. Questions
-- that were added after the test was made come last, oldest first, so that no number on a printed paper changes.
create or replace function public.test_question_number(q public.test_question) returns int
language sql stable set search_path = '' as $$
  select count(*)::int
  from public.generated_test t join public.test_question o on o.test_id = t.id
  where t.id = q.test_id
    and (case when o.created_at > t.finished_at then o.created_at else '-infinity' end, o.slot)
      <= (case when q.created_at > t.finished_at then q.created_at else '-infinity' end, q.slot);
$$;
