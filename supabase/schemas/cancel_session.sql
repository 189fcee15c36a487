-- {session_id, owner_id, reason} -> {lease_owner}. Leaves the reason for the process that runs the session, or ends the
-- run at once if no process works on it or on a portion of it. Thousands of calls take seconds to close: then the caller
-- gets a lease for 15 s under which to call finish_session; if it dies, others end the run. SM409 if nothing runs.
create or replace function public.cancel_session(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  s public.session := public.owned_session(args);
  closer text;
begin
  if s.status <> 'grading' then
    raise exception 'Nothing is running in this session.' using errcode = 'SM409', detail = 'CONFLICT';
  end if;
  update public.session set stop_reason = coalesce(stop_reason, args ->> 'reason') where id = s.id;
  if (s.lease_expires_at is null or s.lease_expires_at < clock_timestamp()) and not exists (
    select from public.portion p where p.session_id = s.id and p.lease_expires_at >= clock_timestamp()
  ) then
    closer := 'cancel ' || gen_random_uuid();
    update public.session set lease_owner = closer, lease_expires_at = clock_timestamp() + interval '15 seconds'
    where id = s.id;
    if (select count(*) from (
      select from public.grading_call g
      where g.session_id = s.id and g.run = s.run and g.status in ('pending', 'running', 'waiting') limit 1001
    ) unfinished) <= 1000 then
      perform public.finish_session(jsonb_build_object(
        'session_id', s.id, 'lease_owner', closer, 'status', 'failed', 'failure_reason', args ->> 'reason'));
      closer := null;
    end if;
  end if;
  return jsonb_build_object('lease_owner', closer);
end $$;
