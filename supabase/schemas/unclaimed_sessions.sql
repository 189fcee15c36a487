-- {} -> [session_id, ...]: sessions in grading that no living process works on, longest waiting first.
create or replace function public.unclaimed_sessions(args jsonb) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(s.id order by s.started_at), '[]')
  from public.session s
  where s.status = 'grading' and (s.lease_expires_at is null or s.lease_expires_at < clock_timestamp());
$$;
