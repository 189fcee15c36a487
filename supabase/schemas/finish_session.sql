-- {session_id, lease_owner, status: graded | failed, failure_reason} -> {finished}. Unfinished calls keep a session
-- in grading, unless the run failed. Then they become cancelled; a call whose first answer brought marks becomes an
-- incomplete success. Only the lease's holder finishes a session.
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
  -- As of every finished attempt: one row per question, and why there is no mark.
  insert into public.result (session_id, question_id, model_name, try_index, validation_errors)
  select s.id, q.question_id, g.model_name, g.try_index, jsonb_build_array(jsonb_build_object(
    'reason', 'call_failed', 'question_id', q.question_id, 'message', args ->> 'failure_reason'))
  from public.grading_call g
  join public.question q on q.session_id = s.id
  where g.session_id = s.id and g.run = s.run and g.planned and g.stage = 'assessment' and g.status = 'cancelled'
  on conflict (session_id, question_id, model_name, try_index) do nothing;
  delete from public.portion p where p.session_id = s.id;
  update public.session set
    status = args ->> 'status', failure_reason = args ->> 'failure_reason', lease_owner = null, lease_expires_at = null,
    finished_at = clock_timestamp(), updated_at = clock_timestamp()
  where id = s.id;
  return jsonb_build_object('finished', true);
end $$;
