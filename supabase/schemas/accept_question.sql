-- {test_id, lease_owner, slot, question: {...}} -> {accepted}. The question is refused if the test
-- is over (also cancelled) or another process holds it. A slot keeps the first question that it accepted.
create or replace function public.accept_question(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  q jsonb := args -> 'question';
  t public.generated_test;
begin
  select * into t from public.generated_test o
  where o.id = (args ->> 'test_id')::uuid and o.status = 'generating' and o.lease_owner = args ->> 'lease_owner'
  for no key update;
  if t.id is null then
    return jsonb_build_object('accepted', false);
  end if;
  insert into public.test_question
    (test_id, slot, question, options, correct_option, why_wrong, explanation, difficulty, topic, bloom, page, quote, checks,
     kind, prompts)
  values (
    t.id, (args ->> 'slot')::int, q ->> 'question', q -> 'options', q ->> 'correct_option', q -> 'why_wrong',
    q ->> 'explanation', t.difficulty, q ->> 'topic', q ->> 'bloom', (q ->> 'page')::int, q ->> 'quote', q -> 'checks',
    coalesce(q ->> 'kind', 'single'), coalesce(q -> 'prompts', '[]')
  )
  on conflict (test_id, slot) do nothing;
  update public.generated_test set
    questions_generated = (select count(*) from public.test_question o where o.test_id = t.id)
  where id = t.id;
  return jsonb_build_object('accepted', true);
end $$;
