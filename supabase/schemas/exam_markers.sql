-- (exam) -> [{model_name, total, finished, failed, running, reasons: [{message, n}]}]: how far each marker is over all
-- scripts of an exam, and why its attempts failed, the most frequent reason first.
create or replace function public.exam_markers(of_exam uuid) returns jsonb
language sql stable set search_path = '' as $$
  with attempt as (
    select g.model_name, g.status, g.error ->> 'message' as message, coalesce(r.status, '') as reading
    from public.session s
    join public.grading_call g on g.session_id = s.id and g.run = s.run and g.planned and g.stage = 'assessment'
    left join public.grading_call r on r.session_id = g.session_id and r.run = g.run and r.stage = 'rubric'
      and r.model_name = g.model_name and r.try_index = g.try_index and g.status = 'pending'
    where s.exam_id = of_exam
  ), reason as (
    select model_name, message, count(*) as n from attempt
    where status = 'failed' and message is not null group by model_name, message
  )
  select coalesce(jsonb_agg(jsonb_build_object(
    'model_name', a.model_name, 'total', a.total, 'finished', a.finished, 'failed', a.failed, 'running', a.running,
    'reasons', (
      select coalesce(jsonb_agg(jsonb_build_object('message', w.message, 'n', w.n) order by w.n desc, w.message), '[]')
      from reason w where w.model_name = a.model_name)
  ) order by a.model_name), '[]')
  from (
    select model_name, count(*) as total,
      count(*) filter (where status in ('succeeded', 'failed', 'cancelled')) as finished,
      count(*) filter (where status = 'failed') as failed,
      count(*) filter (where status in ('running', 'waiting') or reading in ('running', 'waiting')) as running
    from attempt group by model_name
  ) a;
$$;
