-- {session_id} -> {attempts, succeeded, unfinished, first_failure}: what the end of a run is decided on.
create or replace function public.run_summary(args jsonb) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'attempts', count(*), 'succeeded', count(*) filter (where g.status = 'succeeded'),
    'unfinished', count(*) filter (where g.status in ('pending', 'running', 'waiting')),
    'first_failure', (array_agg(g.error ->> 'message' order by g.finished_at) filter (where g.status = 'failed'))[1]
  )
  from public.session s
  join public.grading_call g on g.session_id = s.id and g.run = s.run and g.planned and g.stage = 'assessment'
  where s.id = (args ->> 'session_id')::uuid;
$$;
