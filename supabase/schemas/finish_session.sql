-- {session_id, lease_owner, status: graded | failed, failure_reason} -> {finished}. Calls still unfinished keep a session
-- in grading, unless the run failed: then they become cancelled, or, where marks are stored already, the incomplete
-- successes that they are. Only the lease's holder finishes a session.
create or replace function public.finish_session(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  s public.session;
begin
  select * into s from public.session
  where id = (args ->> 'session_id')::uuid and lease_owner = args ->> 'lease_owner' and status = 'grading'
  for no key update;
  if s.id is null then
    return jsonb_build_object('finished', false);
  end if;
  if args ->> 'status' = 'graded' and exists (
    select from public.grading_call g
    where g.session_id = s.id and g.run = s.run and g.planned and g.status in ('pending', 'running', 'waiting')
  ) then
    return jsonb_build_object('finished', false);
  end if;
  update public.grading_call g set finished_at = clock_timestamp(),
    status = case when g.stage = 'assessment' and exists (
      select from public.result r
      where r.session_id = s.id and r.model_name = g.model_name and r.try_index = g.try_index
        and r.marks_awarded is not null
    ) then 'succeeded' else 'cancelled' end,
    error = jsonb_build_object('reason', 'cancelled', 'message', args ->> 'failure_reason')
  where g.session_id = s.id and g.run = s.run and g.planned and g.status in ('pending', 'running', 'waiting');
  update public.session set
    status = args ->> 'status', failure_reason = args ->> 'failure_reason', lease_owner = null, lease_expires_at = null,
    finished_at = clock_timestamp(), updated_at = clock_timestamp()
  where id = s.id;
  return jsonb_build_object('finished', true);
end $$;
