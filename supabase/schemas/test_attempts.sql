-- {test_id, owner_id, question_id?} -> {slot, attempts: [{slot, round, role, model, with_quote, raw, verdict, ...}]}, oldest
-- first; those of one question's slot, or all. SM404 where there is no such question.
create or replace function public.test_attempts(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  t public.generated_test := public.owned_test(args);
  of_slot int;
begin
  if args ->> 'question_id' is not null then
    select q.slot into of_slot from public.test_question q
    where q.test_id = t.id and q.id = (args ->> 'question_id')::uuid;
    if of_slot is null then
      raise exception 'There is no such question.' using errcode = 'SM404', detail = 'NOT_FOUND';
    end if;
  end if;
  return jsonb_build_object('slot', of_slot, 'attempts', (
    select coalesce(jsonb_agg(jsonb_build_object(
      'slot', a.slot, 'round', a.round, 'role', a.role, 'model', a.model, 'with_quote', a.with_quote,
      'raw', a.raw, 'verdict', a.verdict, 'prompt_tokens', a.prompt_tokens, 'completion_tokens', a.completion_tokens,
      'cost_usd', trim_scale(a.cost_usd), 'created_at', a.created_at)
      order by a.slot, a.round, a.role desc, a.created_at), '[]')
    from public.test_attempt a where a.test_id = t.id and (of_slot is null or a.slot = of_slot)
  ));
end $$;
