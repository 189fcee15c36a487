-- {session_id} -> {attempts, succeeded, unfinished, marked, first_failure}: the counts that decide how a run ended.
create or replace function public.run_summary(args jsonb) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'attempts', count(*), 'succeeded', count(*) filter (where g.status = 'succeeded'),
    'unfinished', count(*) filter (where g.status in ('pending', 'running', 'waiting')),
    'marked', count(*) filter (where exists (
      select from public.result r
      join public.question q on q.session_id = r.session_id and q.question_id = r.question_id
      where r.session_id = g.session_id and r.model_name = g.model_name and r.try_index = g.try_index
        and r.marks_awarded is not null)),
    'first_failure', (array_agg(g.error ->> 'message' order by g.finished_at) filter (where g.status = 'failed'))[1]
  )
  from public.session s
  join public.grading_call g on g.session_id = s.id and g.run = s.run and g.planned and g.stage = 'assessment'
  where s.id = (args ->> 'session_id')::uuid;
$$;
