-- The current runs of an exam's scripts, or of one script, as one line: {status, progress, cost_usd, n_scripts, n_failed,
-- n_unmarked, failure_reason, simulated}. `simulated`: the built-in simulator made up all marks.
create or replace function public.runs_of(kind text, of_id uuid) returns jsonb
language sql stable set search_path = '' as $$
  with member as (
    select s.id, s.run, s.status, s.failure_reason from public.session s
    where (kind = 'exam' and s.exam_id = of_id) or (kind = 'script' and s.id = of_id)
  ), call as (
    select count(*) filter (where g.stage = 'assessment') as total,
      count(*) filter (where g.stage = 'assessment' and g.status in ('succeeded', 'failed', 'cancelled')) as finished,
      count(*) filter (where g.stage = 'assessment' and g.status = 'failed') as failed,
      coalesce(sum(g.cost_usd), 0) as cost, coalesce(bool_and(g.request ->> 'model' like 'simulated/%'), false) as simulated
    from member m join public.grading_call g on g.session_id = m.id and g.run = m.run and g.planned
  ), mark as (
    select count(*) as unmarked from member m join public.result r on r.session_id = m.id and r.marks_awarded is null
  )
  select jsonb_build_object(
    'status', case
      when count(*) filter (where m.status = 'grading') > 0 then 'grading'
      when count(*) filter (where m.status = 'graded') > 0 then 'graded'
      when count(*) filter (where m.status = 'failed') > 0 then 'failed' else 'created' end,
    'progress', case when call.total > 0 then round(call.finished::numeric / call.total, 4) else 0 end,
    'cost_usd', trim_scale(call.cost), 'n_scripts', count(m.id), 'n_failed', call.failed, 'n_unmarked', mark.unmarked,
    'failure_reason', min(m.failure_reason), 'simulated', call.simulated)
  from call cross join mark left join member m on true
  group by call.total, call.finished, call.failed, call.cost, call.simulated, mark.unmarked;
$$;
