-- {test_id, document_id, owner_id, name, target_questions, difficulty, models, prompt_version, seed,
--  daily_attempts, daily_usd, queued, correlation_id} -> the test, pending; if it is queued, with a job of procrastinate. SM429 beyond one of the owner's limits of the day (charge_day).
-- SM404 without the document, SM400 unless it is ready, SM409 while another test is made from it.
create or replace function public.create_test(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  d public.document := public.owned_document(args);
  t public.generated_test;
begin
  if d.status <> 'ready' then
    raise exception 'The document is not ready.' using errcode = 'SM400', detail = 'DOCUMENT_NOT_READY';
  end if;
  -- A question is an attempt: a call of the writer, and some of the solvers.
  if not exists (select from public.generated_test o where o.id = (args ->> 'test_id')::uuid) then
    perform public.charge_day(args, (args ->> 'target_questions')::int);
  end if;
  insert into public.generated_test
    (id, document_id, owner_id, name, target_questions, difficulty, models, prompt_version, seed, correlation_id)
  values (
    (args ->> 'test_id')::uuid, d.id, d.owner_id, args ->> 'name', (args ->> 'target_questions')::int,
    args ->> 'difficulty', args -> 'models', args ->> 'prompt_version', (args ->> 'seed')::bigint,
    args ->> 'correlation_id'
  )
  -- The same id again is the same request sent twice.
  on conflict (id) do nothing;
  if (args ->> 'queued')::boolean then
    perform public.wake_workers('make_test', jsonb_build_object(
      'id', args ->> 'test_id', 'correlation_id', args ->> 'correlation_id'), 1);
  end if;
  select * into t from public.generated_test o where o.id = (args ->> 'test_id')::uuid;
  return public.test_json(t);
exception when unique_violation then
  raise exception 'A test is being made from this document already.'
    using errcode = 'SM409', detail = 'GENERATION_IN_PROGRESS';
end $$;
