-- {test_id, owner_id} -> the test with its questions, by number.
create or replace function public.test_detail(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  t public.generated_test := public.owned_test(args);
begin
  return public.test_json(t) || jsonb_build_object('questions', (
    select coalesce(jsonb_agg(public.test_question_json(q) order by public.test_question_number(q)), '[]')
    from public.test_question q where q.test_id = t.id
  ));
end $$;
