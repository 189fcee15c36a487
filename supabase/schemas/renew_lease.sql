-- {session_id, lease_owner, lease_seconds, running: [[model_name, try_index, stage], ...], waiting: [...]}
-- -> {held, stop_reason}. Renews the lease and says which calls are at work, in one statement each; an expired lease that
-- nobody took is renewed too. held is false if another process holds the session, or it is deleted or no longer in grading.
create or replace function public.renew_lease(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  s public.session;
begin
  update public.session set
    lease_expires_at = clock_timestamp() + make_interval(secs => (args ->> 'lease_seconds')::double precision)
  where id = (args ->> 'session_id')::uuid and lease_owner = args ->> 'lease_owner' and status = 'grading'
  returning * into s;
  if s.id is null then
    return jsonb_build_object('held', false, 'stop_reason', null);
  end if;
  with named as (
    select c ->> 0 as model_name, (c ->> 1)::int as try_index, c ->> 2 as stage, 'running' as status
    from jsonb_array_elements(args -> 'running') c
    union all
    select c ->> 0, (c ->> 1)::int, c ->> 2, 'waiting' from jsonb_array_elements(args -> 'waiting') c
  ), at_work as (
    update public.grading_call g set status = n.status
    from named n
    where g.session_id = s.id and g.run = s.run and g.planned
      and (g.model_name, g.try_index, g.stage) = (n.model_name, n.try_index, n.stage)
      and g.status <> n.status and g.status in ('pending', 'running', 'waiting')
  )
  update public.grading_call g set status = 'pending'
  where g.session_id = s.id and g.run = s.run and g.planned and g.status in ('running', 'waiting')
    and (g.model_name, g.try_index, g.stage) not in (select n.model_name, n.try_index, n.stage from named n);
  return jsonb_build_object('held', true, 'stop_reason', s.stop_reason);
end $$;
