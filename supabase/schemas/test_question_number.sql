-- The number under which a question is printed and marked: 1, 2, 3 in the order of the slots, without a gap for an
-- empty slot. Questions that were added after the test was made come last, oldest first, so that no number on a
-- printed paper changes.
create or replace function public.test_question_number(q public.test_question) returns int
language sql stable set search_path = '' as $$
  select count(*)::int
  from public.generated_test t join public.test_question o on o.test_id = t.id
  where t.id = q.test_id
    and (case when o.created_at > t.finished_at then o.created_at else '-infinity' end, o.slot)
      <= (case when q.created_at > t.finished_at then q.created_at else '-infinity' end, q.slot);
$$;
