-- {test_id, slot, round, role, model, with_quote, raw, verdict, prompt_tokens, completion_tokens, cost_usd} -> {}. A
-- stored attempt gets the new verdict; its cost does not count twice. Attempts are stored after a cancel, too,
-- because they were paid for. The verdict `interrupted` stores the cost of a call until its interruption; later costs
-- of that call are added. The notes of the exchanges (what was left out of a request because the model refuses it)
-- become notes of the test, each once.
create or replace function public.record_test_attempt(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  t public.generated_test;
  noted jsonb;
begin
  select * into t from public.generated_test o where o.id = (args ->> 'test_id')::uuid for no key update;
  if t.id is null then
    return '{}';
  end if;
  select jsonb_agg(distinct n.note) into noted
  from jsonb_array_elements(coalesce(args -> 'raw' -> 'exchanges', '[]')) e,
    jsonb_array_elements(coalesce(e -> 'notes', '[]')) as n (note)
  where not coalesce(t.models -> 'notes', '[]') @> jsonb_build_array(n.note);
  if noted is not null then
    update public.generated_test
    set models = models || jsonb_build_object('notes', coalesce(models -> 'notes', '[]') || noted)
    where id = t.id;
  end if;
  insert into public.test_attempt as a
    (test_id, slot, round, role, model, with_quote, raw, verdict, prompt_tokens, completion_tokens, cost_usd)
  values (
    (args ->> 'test_id')::uuid, (args ->> 'slot')::int, (args ->> 'round')::int, args ->> 'role', args ->> 'model',
    (args ->> 'with_quote')::boolean, args -> 'raw', args -> 'verdict', (args ->> 'prompt_tokens')::int,
    (args ->> 'completion_tokens')::int, (args ->> 'cost_usd')::numeric
  )
  on conflict (test_id, slot, round, role, model, with_quote) do update set
    raw = excluded.raw || jsonb_build_object(
      'exchanges', coalesce(a.raw -> 'exchanges', '[]') || coalesce(excluded.raw -> 'exchanges', '[]')),
    verdict = excluded.verdict, prompt_tokens = a.prompt_tokens + excluded.prompt_tokens,
    completion_tokens = a.completion_tokens + excluded.completion_tokens, cost_usd = a.cost_usd + excluded.cost_usd
    -- A sending that is repeated, because the reply to the first one was lost, brings nothing new.
    where a.verdict ->> 'outcome' = 'interrupted' and excluded.raw ? 'exchanges'
      and not a.raw -> 'exchanges' @> (excluded.raw -> 'exchanges');
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
