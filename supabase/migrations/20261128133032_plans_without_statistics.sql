-- Made by `make migration` from the difference between supabase/schemas and the migrations before this one.
set check_function_bodies = off;

-- {session_id, owner_id, force, calls: [{model_name, try_index, stage, request}]} -> [[model_name, try_index, stage], ...]:
-- which of the calls of a plan a start would make now; the others are complete.
create or replace function public.calls_to_make(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  s public.session := public.seen_session(args);
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_array(c.model_name, c.try_index, c.stage)), '[]')
    from jsonb_to_recordset(args -> 'calls') as c (model_name text, try_index int, stage text, request jsonb)
    -- `offset 0` keeps each lookup by index: a plain join is quadratic as long as the table was never analysed.
    left join lateral (
      select public.is_complete(g, c.request) as yes from public.grading_call g
      where g.session_id = s.id and g.run = s.run
        and (g.model_name, g.try_index, g.stage) = (c.model_name, c.try_index, c.stage)
      offset 0
    ) complete on true
    where coalesce((args ->> 'force')::boolean, false) or not coalesce(complete.yes, false)
  );
end $$;

-- Makes the calls of one run those of a plan: new ones pending, complete successes from the same inputs kept, the rest
-- pending again. What a repeated call had cost and answered stays in its row; its marks stay where its inputs are the same.
create or replace function public.plan_calls(of_session uuid, this_run int, calls jsonb) returns void
language sql set search_path = '' as $$
  update public.grading_call g set planned = false where g.session_id = of_session and g.run = this_run and g.planned;

  -- `offset 0` keeps each lookup by index: a plain join is quadratic as long as the tables were never analysed.
  delete from public.result where id = any (array(
    select gone.id
    from jsonb_to_recordset(calls) as c (model_name text, try_index int, stage text, request jsonb)
    cross join lateral (
      select g.status, g.request ->> 'input_hash' <> c.request ->> 'input_hash' as changed
      from public.grading_call g
      where g.session_id = of_session and g.run = this_run
        and (g.model_name, g.try_index, g.stage) = (c.model_name, c.try_index, c.stage)
      offset 0
    ) g
    cross join lateral (
      select r.id from public.result r
      where r.session_id = of_session and r.model_name = c.model_name and r.try_index = c.try_index
        and (g.changed or (g.status <> 'succeeded' and r.marks_awarded is null))
      offset 0
    ) gone
    where c.stage = 'assessment'));

  insert into public.grading_call as g (session_id, run, model_name, try_index, stage, request)
  select of_session, this_run, c.model_name, c.try_index, c.stage, c.request
  from jsonb_to_recordset(calls) as c (model_name text, try_index int, stage text, request jsonb)
  on conflict (session_id, run, model_name, try_index, stage) do update set
    planned = true,
    request = excluded.request,
    status = case when public.is_complete(g, excluded.request) then g.status else 'pending' end,
    first_answer = case
      when g.request ->> 'input_hash' = excluded.request ->> 'input_hash' and g.status not in ('succeeded', 'failed')
      then g.first_answer end,
    error = case when public.is_complete(g, excluded.request) then g.error end,
    finished_at = case when public.is_complete(g, excluded.request) then g.finished_at end;
$$;

-- {session_id, owner_id} -> what a poller sees, counted from stored rows. An attempt is its assessment call; while its
-- rubric call is at work, that one speaks for it.
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
    coalesce(sum(cancelled), 0) as cancelled, coalesce(sum(finished_now), 0) as finished_now,
    coalesce(jsonb_object_agg(model_name,
      jsonb_build_object('total', total, 'succeeded', succeeded, 'failed', failed)), '{}') as models
  into n from per_model;

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
    'progress', case when n.total > 0
      then round((n.succeeded + n.failed + n.cancelled)::numeric / n.total, 4) else 0 end,
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

-- {session_id, owner_id, run} -> {status, run, questions, human_marks_by_qid, calls: [...], results: [...]}: everything that
-- marks are reported from, of the plan of the current run alone, or of the
-- earlier `run`. SM404 for a run that never was. Calls come without the completions they hold.
create or replace function public.session_results(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  s public.session := public.seen_session(args);
  this_run int := coalesce((args ->> 'run')::int, s.run);
begin
  if this_run > s.run or (this_run < s.run and not exists (
    select from public.grading_call g where g.session_id = s.id and g.run = this_run)) then
    raise exception 'The session has no run %.', this_run using errcode = 'SM404', detail = 'NOT_FOUND';
  end if;
  return jsonb_build_object(
    'status', s.status, 'run', this_run, 'questions', public.questions_of(s.id),
    'human_marks_by_qid', public.human_marks_of(s.id),
    'calls', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'model_name', g.model_name, 'try_index', g.try_index, 'stage', g.stage, 'status', g.status, 'error', g.error,
        'criteria', g.criteria, 'finish_reason', g.finish_reason, 'native_finish_reason', g.native_finish_reason,
        'provider', g.provider, 'parse_path', g.parse_path, 'passed_over', g.passed_over,
        'prompt_tokens', g.prompt_tokens, 'completion_tokens', g.completion_tokens,
        'reasoning_tokens', g.reasoning_tokens, 'cached_tokens', g.cached_tokens, 'cost_usd', trim_scale(g.cost_usd),
        'http_requests', g.http_requests, 'latency_ms', g.latency_ms, 'validation_errors', g.validation_errors,
        'model', g.request -> 'model') order by g.model_name, g.try_index, g.stage), '[]')
      from public.grading_call g where g.session_id = s.id and g.run = this_run and g.planned
    ),
    'results', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'question_id', r.question_id, 'model_name', r.model_name, 'try_index', r.try_index,
        'marks_awarded', trim_scale(r.marks_awarded), 'rubric_notes', r.rubric_notes,
        'validation_errors', r.validation_errors) order by q.number, r.model_name, r.try_index), '[]')
      from (
        select c.question_id, c.model_name, c.try_index, c.marks_awarded, c.rubric_notes, c.validation_errors
        from public.result c where c.session_id = s.id and this_run = s.run
        union all
        select e.question_id, e.model_name, e.try_index, e.marks_awarded, e.rubric_notes, e.validation_errors
        from public.earlier_result e where e.session_id = s.id and e.run = this_run and this_run < s.run
      ) r
      join public.question q on q.session_id = s.id and q.question_id = r.question_id
      -- `offset 0` keeps each lookup by index: a plain join is quadratic as long as the table was never analysed.
      cross join lateral (
        select from public.grading_call g
        where g.session_id = s.id and g.run = this_run and g.model_name = r.model_name and g.try_index = r.try_index
          and g.stage = 'assessment' and g.planned
        offset 0
      ) planned
    )
  );
end $$;

comment on function public.ping(jsonb) is 'migration 20261128133032';
