-- {key, version, owner_id, question, wanted_seconds, fresh, correlation_id} -> {state: unknown | waiting | running | done | failed, answer}. Asks
-- for a computation, and moves on the time until which it is wanted. A question that nobody asked yet is stored with a
-- job of procrastinate if it is given, and is else unknown. With `fresh` an earlier failure is forgotten.
create or replace function public.ask_computation(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  until timestamptz := clock_timestamp() + make_interval(secs => (args ->> 'wanted_seconds')::double precision);
  c public.computation;
begin
  if (args ->> 'fresh')::boolean then
    delete from public.computation f where f.key = args ->> 'key' and f.failed;
  end if;
  update public.computation a set wanted_until = until where a.key = args ->> 'key' returning * into c;
  if c.id is null and args ->> 'question' is not null then
    insert into public.computation (key, version, owner_id, question, wanted_until, correlation_id)
    values (
      args ->> 'key', args ->> 'version', coalesce(args ->> 'owner_id', ''), args ->> 'question', until,
      args ->> 'correlation_id')
    on conflict (key) do update set wanted_until = until
    returning * into c;
    perform public.wake_workers('analyse', jsonb_build_object(
      'id', c.id, 'correlation_id', c.correlation_id), 1);
  end if;
  return jsonb_build_object(
    'state', case
      when c.id is null then 'unknown' when c.failed then 'failed' when c.finished_at is not null then 'done'
      when c.lease_expires_at >= clock_timestamp() then 'running' else 'waiting' end,
    'answer', c.answer);
end $$;
