-- {portion_id, lease_owner, lease_seconds, running: [[model_name, try_index, stage], ...], waiting: [...]}
-- -> {held, stop_reason}. As renew_lease, of a portion and its calls.
create or replace function public.renew_portion(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  p public.portion;
  s public.session;
begin
  -- The same lock that record_calls takes first: no deadlock over the calls' rows.
  select * into s from public.session o
  where o.id = (select h.session_id from public.portion h where h.id = (args ->> 'portion_id')::uuid)
  for no key update;
  update public.portion set
    lease_expires_at = clock_timestamp() + make_interval(secs => (args ->> 'lease_seconds')::double precision)
  where id = (args ->> 'portion_id')::uuid and lease_owner = args ->> 'lease_owner'
  returning * into p;
  if p.id is null or s.status <> 'grading' or s.run <> p.run then
    return jsonb_build_object('held', false, 'stop_reason', null);
  end if;
  with named as (
    select c ->> 0 as model_name, (c ->> 1)::int as try_index, c ->> 2 as stage, 'running' as status
    from jsonb_array_elements(args -> 'running') c
    union all
    select c ->> 0, (c ->> 1)::int, c ->> 2, 'waiting' from jsonb_array_elements(args -> 'waiting') c
  ), mine as (
    select g.model_name, g.try_index, g.stage, coalesce(n.status, 'pending') as status
    from jsonb_array_elements(p.attempts) a
    join public.grading_call g on g.session_id = p.session_id and g.run = p.run
      and g.model_name = a ->> 0 and g.try_index = (a ->> 1)::int
    left join named n on (n.model_name, n.try_index, n.stage) = (g.model_name, g.try_index, g.stage)
    where g.planned and g.status in ('pending', 'running', 'waiting') and g.status <> coalesce(n.status, 'pending')
  )
  update public.grading_call g set status = m.status
  from mine m
  where g.session_id = p.session_id and g.run = p.run
    and (g.model_name, g.try_index, g.stage) = (m.model_name, m.try_index, m.stage);
  return jsonb_build_object('held', true, 'stop_reason', s.stop_reason);
end $$;
