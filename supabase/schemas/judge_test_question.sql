-- {test_id, owner_id, question_id, updated_at, checks: {findings, blind}} -> the question with these checks. SM409 where it
-- was edited after `updated_at`: the checks concern an older wording.
create or replace function public.judge_test_question(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  t public.generated_test := public.owned_test(args);
  q public.test_question;
begin
  update public.test_question o set checks = o.checks || (args -> 'checks')
  where o.test_id = t.id and o.id = (args ->> 'question_id')::uuid
    and o.updated_at = (args ->> 'updated_at')::timestamptz
  returning * into q;
  if q.id is null then
    raise exception 'The question was edited while it was checked. Check it again.'
      using errcode = 'SM409', detail = 'CONFLICT';
  end if;
  return public.test_question_json(q);
end $$;
