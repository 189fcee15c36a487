-- {session_id, lease_owner, lease_seconds} -> everything that a run needs. Null if the session is not in grading, or
-- if another process holds a valid lease on it or on a session that shares its limit on costs: one process counts all
-- costs under a limit. Portions that wait are part of the whole session again.
create or replace function public.claim_session(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  s public.session;
begin
  -- Two processes that claim two sessions under one limit take turns.
  perform pg_advisory_xact_lock(hashtextextended(b.budget_id::text, 0))
  from public.session b where b.id = (args ->> 'session_id')::uuid and b.budget_id <> b.id;
  update public.session c set
    lease_owner = args ->> 'lease_owner',
    lease_expires_at = clock_timestamp() + make_interval(secs => (args ->> 'lease_seconds')::double precision)
  where c.id = (args ->> 'session_id')::uuid and c.status = 'grading'
    and (c.lease_owner is null or c.lease_owner = args ->> 'lease_owner' or c.lease_expires_at < clock_timestamp())
    and not exists (
      select from public.session o
      where o.budget_id = c.budget_id and o.id <> c.id and o.status = 'grading'
        and o.lease_owner <> args ->> 'lease_owner' and o.lease_expires_at >= clock_timestamp())
    and not exists (
      select from public.portion p where p.session_id = c.id and p.lease_expires_at >= clock_timestamp())
  returning * into s;
  if s.id is null then
    return null;
  end if;
  delete from public.portion p where p.session_id = s.id;
  return jsonb_build_object(
    'session_id', s.id, 'run', s.run, 'plan', s.plan, 'stop_reason', s.stop_reason,
    'correlation_id', s.correlation_id, 'marked_by', s.marked_by,
    'questions', public.questions_of(s.id), 'images', public.images_of(s.id),
    'calls', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'model_name', g.model_name, 'try_index', g.try_index, 'stage', g.stage, 'status', g.status,
        'input_hash', g.request ->> 'input_hash', 'criteria', g.criteria,
        'first_answer', g.first_answer, 'slices', g.slices) order by g.try_index, g.model_name), '[]')
      from public.grading_call g
      where g.session_id = s.id and g.run = s.run and g.planned
        and (g.stage = 'rubric' or g.status in ('pending', 'running', 'waiting'))
    )
  );
end $$;
