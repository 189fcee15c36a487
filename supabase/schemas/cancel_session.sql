-- {session_id, owner_id, reason} -> {}. Leaves the reason for the process that runs the session, or
-- ends the run at once if no process works on it or on a portion of it. SM409 if nothing runs.
create or replace function public.cancel_session(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  s public.session := public.owned_session(args);
begin
  if s.status <> 'grading' then
    raise exception 'Nothing is running in this session.' using errcode = 'SM409', detail = 'CONFLICT';
  end if;
  update public.session set stop_reason = coalesce(stop_reason, args ->> 'reason') where id = s.id;
  if (s.lease_expires_at is null or s.lease_expires_at < clock_timestamp()) and not exists (
    select from public.portion p where p.session_id = s.id and p.lease_expires_at >= clock_timestamp()
  ) then
    update public.session set lease_owner = 'cancel', lease_expires_at = clock_timestamp() where id = s.id;
    perform public.finish_session(jsonb_build_object(
      'session_id', s.id, 'lease_owner', 'cancel', 'status', 'failed', 'failure_reason', args ->> 'reason'));
  end if;
  return '{}';
end $$;
