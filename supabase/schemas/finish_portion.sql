-- {portion_id, lease_owner, lease_seconds, stop_reason} -> {last, stop_reason}. The attempts of the portion have ended,
-- or the whole run is stopped. With `last` no attempt is left to anybody: the caller holds the session's lease and
-- stores how the run ended.
create or replace function public.finish_portion(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  p public.portion;
  s public.session;
  lost int;
begin
  select * into s from public.session o
  where o.id = (select h.session_id from public.portion h where h.id = (args ->> 'portion_id')::uuid)
  for no key update;
  delete from public.portion where id = (args ->> 'portion_id')::uuid and lease_owner = args ->> 'lease_owner'
  returning * into p;
  if p.id is null or s.status <> 'grading' or s.run <> p.run then
    return jsonb_build_object('last', false, 'stop_reason', null);
  end if;
  s.stop_reason := coalesce(s.stop_reason, args ->> 'stop_reason');
  if s.stop_reason is null then
    -- A task of the worker broke. To ask again would cost again, and perhaps break again.
    select count(*) into lost
    from jsonb_array_elements(p.attempts) a
    join public.grading_call g on g.session_id = p.session_id and g.run = p.run and g.planned
      and g.stage = 'assessment' and g.model_name = a ->> 0 and g.try_index = (a ->> 1)::int
    where g.status in ('pending', 'running', 'waiting');
    if lost > 0 then
      s.stop_reason := format('%s calls ended without a stored outcome.', lost);
    end if;
  end if;
  update public.session set stop_reason = s.stop_reason
  where id = s.id and stop_reason is distinct from s.stop_reason;
  if exists (
    select from public.portion o
    where o.session_id = s.id and (o.lease_owner is not null or s.stop_reason is null)
  ) then
    return jsonb_build_object('last', false, 'stop_reason', s.stop_reason);
  end if;
  delete from public.portion o where o.session_id = s.id;
  update public.session set
    lease_owner = args ->> 'lease_owner',
    lease_expires_at = clock_timestamp() + make_interval(secs => (args ->> 'lease_seconds')::double precision)
  where id = s.id;
  return jsonb_build_object('last', true, 'stop_reason', s.stop_reason);
end $$;
