-- {exam_id, owner_id} -> {exam_id, name, created_at, questions, seed_limit, sessions: [{session_id, name, status, seed,
--  stop_reason, group, run, progress, attempts,
--  n_human_marks, n_images, simulated}], markers: [...]}; see `exam_markers`. `simulated`: the built-in simulator makes up all its
--  marks, and nothing is paid.
create or replace function public.exam_detail(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  e public.exam := public.owned_exam(args);
begin
  return jsonb_build_object(
    'exam_id', e.id, 'name', e.name, 'created_at', e.created_at, 'seed_limit', e.seed_limit,
    'questions', public.exam_questions_of(e.id), 'markers', public.exam_markers(e.id),
    'sessions', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'session_id', s.id, 'name', s.name, 'status', s.status, 'failure_reason', s.failure_reason,
        'stop_reason', case when s.status = 'grading' then s.stop_reason end,
        'seed', s.seed, 'group', s.group_name, 'run', s.run,
        'progress', case when n.total > 0 then round(n.finished::numeric / n.total, 4) else 0 end,
        'attempts', jsonb_build_object('total', n.total, 'finished', n.finished, 'failed', n.failed),
        'cost_usd', trim_scale(n.cost), 'simulated', coalesce(n.simulated, false),
        'n_student_images', (
          select count(*) from public.image i where i.session_id = s.id and i.role = 'student'),
        'n_human_marks', (
          select count(*) from jsonb_object_keys(public.human_marks_of(s.id)))
      ) order by s.created_at, s.id), '[]')
      from public.session s
      cross join lateral (
        select count(*) filter (where g.stage = 'assessment') as total,
          count(*) filter (where g.stage = 'assessment' and g.status in ('succeeded', 'failed', 'cancelled')) as finished,
          count(*) filter (where g.stage = 'assessment' and g.status = 'failed') as failed,
          coalesce(sum(g.cost_usd), 0) as cost, bool_and(g.request ->> 'model' like 'simulated/%') as simulated
        from public.grading_call g where g.session_id = s.id and g.run = s.run and g.planned
      ) n
      where s.exam_id = e.id
    )
  );
end $$;
