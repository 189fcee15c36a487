-- {session_id, owner_id} -> {deleted, files}: whether it existed, and the files that session_files named last: after the
-- deletion no row names them.
create or replace function public.delete_session(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  files jsonb;
begin
  perform from public.session s where s.id = (args ->> 'session_id')::uuid for update;
  files := public.session_files(args);
  perform public.keep_spent(s.owner_id, (
    select sum(g.cost_usd) from public.grading_call g
    where g.session_id = s.id and g.finished_at >= date_trunc('day', clock_timestamp(), 'UTC')))
  from public.session s
  where s.id = (args ->> 'session_id')::uuid
    and (args ->> 'owner_id' is null or s.owner_id = args ->> 'owner_id');
  delete from public.session s
  where s.id = (args ->> 'session_id')::uuid
    and (args ->> 'owner_id' is null or s.owner_id = args ->> 'owner_id');
  return jsonb_build_object('deleted', found, 'files', files);
end $$;
