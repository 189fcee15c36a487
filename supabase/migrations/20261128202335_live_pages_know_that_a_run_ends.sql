-- Made by `make migration` from the difference between supabase/schemas and the migrations before this one.
set check_function_bodies = off;

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

-- {session_id, owner_id} -> the polled object, counted from stored rows. An attempt has the status of its assessment
-- call, or of its rubric call while that one runs or waits. In a run that was stopped, attempts that nobody began count
-- as cancelled before their rows say so; `progress` waits for the rows, so it never falls. `stop_reason`: why a run that
-- still has calls under way ends.
create or replace function public.session_progress(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  s public.session := public.seen_session(args);
  n record;
  spent record;
  n_unmarked bigint;
  asked text[] := array(select q.question_id from public.question q where q.session_id = s.id);
begin
  with attempt as (
    -- One scan: a join of the calls to themselves is quadratic as long as the table was never analysed.
    select c.model_name, max(c.finished_at) filter (where c.stage = 'assessment') as finished_at,
      coalesce(nullif(max(c.status) filter (where c.stage = 'assessment'), 'pending'),
        max(c.status) filter (where c.stage = 'rubric' and c.status in ('running', 'waiting')), 'pending') as status
    from public.grading_call c
    where c.session_id = s.id and c.run = s.run
    group by c.model_name, c.try_index
    having bool_or(c.planned and c.stage = 'assessment')
  ), per_model as (
    select model_name, count(*) as total,
      count(*) filter (where status = 'pending') as pending,
      count(*) filter (where status = 'running') as running,
      count(*) filter (where status = 'waiting') as waiting,
      count(*) filter (where status = 'succeeded') as succeeded,
      count(*) filter (where status = 'failed') as failed,
      count(*) filter (where status = 'cancelled') as cancelled,
      count(*) filter (where finished_at >= s.started_at) as finished_now
    from attempt group by model_name
  )
  select coalesce(sum(total), 0) as total, coalesce(sum(pending), 0) as pending, coalesce(sum(running), 0) as running,
    coalesce(sum(waiting), 0) as waiting, coalesce(sum(succeeded), 0) as succeeded, coalesce(sum(failed), 0) as failed,
    coalesce(sum(cancelled), 0) as cancelled, coalesce(sum(succeeded + failed + cancelled), 0) as finished,
    coalesce(sum(finished_now), 0) as finished_now,
    coalesce(jsonb_object_agg(model_name,
      jsonb_build_object('total', total, 'succeeded', succeeded, 'failed', failed)), '{}') as models
  into n from per_model;
  if s.status = 'grading' and s.stop_reason is not null then
    n.cancelled := n.cancelled + n.pending;
    n.pending := 0;
  end if;

  -- A count per attempt, by index: a plain join is quadratic as long as the tables were never analysed.
  select coalesce(sum(unmarked.n), 0) into n_unmarked
  from public.grading_call g
  cross join lateral (
    select count(*) as n from public.result r
    where r.session_id = g.session_id and r.model_name = g.model_name and r.try_index = g.try_index
      and r.marks_awarded is null and r.question_id = any (asked)
  ) unmarked
  where g.session_id = s.id and g.run = s.run and g.stage = 'assessment' and g.planned and g.status = 'succeeded';

  select coalesce(sum(g.cost_usd), 0) as cost, coalesce(sum(g.prompt_tokens), 0) as input,
    coalesce(sum(g.completion_tokens), 0) as output, coalesce(sum(g.reasoning_tokens), 0) as reasoning,
    coalesce(sum(g.cached_tokens), 0) as cached
  into spent from public.grading_call g where g.session_id = s.id and g.run = s.run and g.planned;

  return jsonb_build_object(
    'session_id', s.id, 'name', s.name, 'status', s.status, 'failure_reason', s.failure_reason,
    'stop_reason', case when s.status = 'grading' then s.stop_reason end,
    'progress', case when n.total > 0
      then round(n.finished::numeric / n.total, 4) else 0 end,
    'attempts', jsonb_build_object(
      'total', n.total, 'pending', n.pending, 'running', n.running, 'waiting', n.waiting,
      'succeeded', n.succeeded, 'failed', n.failed, 'cancelled', n.cancelled),
    'n_unmarked', n_unmarked, 'models', n.models, 'cost_usd', trim_scale(spent.cost),
    'tokens', jsonb_build_object(
      'input', spent.input, 'output', spent.output, 'reasoning', spent.reasoning, 'cached', spent.cached),
    'started_at', s.started_at, 'finished_at', s.finished_at, 'notes', coalesce(s.plan -> 'notes', '[]'),
    'estimated_seconds_left', case when s.status = 'grading' and n.finished_now > 0 then
      round(extract(epoch from clock_timestamp() - s.started_at) / n.finished_now
        * (n.pending + n.running + n.waiting)) end
  );
end $$;

comment on function public.ping(jsonb) is 'migration 20261128202335';
