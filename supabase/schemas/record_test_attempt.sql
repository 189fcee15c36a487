-- {test_id, slot, round, role, model, with_quote, raw, verdict, prompt_tokens, completion_tokens, cost_usd} -> {}. What is
-- stored already gets the new verdict and is not paid twice. Also stored after a cancel: it was paid for.
create or replace function public.record_test_attempt(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  t public.generated_test;
begin
  select * into t from public.generated_test o where o.id = (args ->> 'test_id')::uuid for no key update;
  if t.id is null then
    return '{}';
  end if;
  insert into public.test_attempt
    (test_id, slot, round, role, model, with_quote, raw, verdict, prompt_tokens, completion_tokens, cost_usd)
  values (
    (args ->> 'test_id')::uuid, (args ->> 'slot')::int, (args ->> 'round')::int, args ->> 'role', args ->> 'model',
    (args ->> 'with_quote')::boolean, args -> 'raw', args -> 'verdict', (args ->> 'prompt_tokens')::int,
    (args ->> 'completion_tokens')::int, (args ->> 'cost_usd')::numeric
  )
  on conflict (test_id, slot, round, role, model, with_quote) do nothing;
  if found then
    update public.generated_test set cost_usd = cost_usd + (args ->> 'cost_usd')::numeric
    where id = (args ->> 'test_id')::uuid;
  else
    update public.test_attempt set verdict = args -> 'verdict'
    where test_id = (args ->> 'test_id')::uuid and slot = (args ->> 'slot')::int and round = (args ->> 'round')::int
      and role = args ->> 'role' and model = args ->> 'model' and with_quote = (args ->> 'with_quote')::boolean;
  end if;
  if t.status not in ('pending', 'generating') then
    perform public.close_attempts(t.id);
  end if;
  return '{}';
end $$;
