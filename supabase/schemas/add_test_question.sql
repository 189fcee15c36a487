-- {test_id, owner_id, question_id, question: {...}} -> the question, in the first free slot. SM409 while the test is being
-- made and when it has all its questions. The test is then completed if it has all its questions, else partial, even
-- if it had failed before.
create or replace function public.add_test_question(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  t public.generated_test := public.owned_test(args, lock => true);
  n jsonb := args -> 'question';
  q public.test_question;
  free int;
begin
  select * into q from public.test_question o where o.test_id = t.id and o.id = (args ->> 'question_id')::uuid;
  if q.id is not null then
    return public.test_question_json(q);
  end if;
  if t.status in ('pending', 'generating') then
    raise exception 'The test is being made; wait until it is done or cancel it.'
      using errcode = 'SM409', detail = 'GENERATION_IN_PROGRESS';
  end if;
  select min(s) into free from generate_series(1, t.target_questions) s
  where not exists (select from public.test_question o where o.test_id = t.id and o.slot = s);
  if free is null then
    raise exception 'The test has all its % questions.', t.target_questions using errcode = 'SM409', detail = 'TEST_FULL';
  end if;
  insert into public.test_question
    (id, test_id, slot, question, options, correct_option, why_wrong, explanation, difficulty, topic, max_marks, state, kind,
     prompts, checks)
  values (
    (args ->> 'question_id')::uuid, t.id, free, n ->> 'question', n -> 'options', n ->> 'correct_option',
    n -> 'why_wrong', n ->> 'explanation', coalesce(n ->> 'difficulty', t.difficulty), n ->> 'topic',
    (n ->> 'max_marks')::numeric, 'edited', coalesce(n ->> 'kind', 'single'), coalesce(n -> 'prompts', '[]'),
    coalesce(n -> 'checks', '{}')
  ) returning * into q;
  select count(*) into free from public.test_question o where o.test_id = t.id;
  update public.generated_test set
    questions_generated = free,
    status = case when free >= target_questions then 'completed' else 'partial' end,
    failure_reason = case when free < target_questions then failure_reason end
  where id = t.id;
  return public.test_question_json(q);
end $$;
