-- Made by `make migration` from the difference between supabase/schemas and the migrations before this one.
set check_function_bodies = off;

-- {limit, before?, owner_id} -> newest first; `before` is the id of the last session of the page before.
-- Each call is planned for its own arguments: one plan for all could not use the owner's index.
create or replace function public.list_sessions(args jsonb) returns jsonb
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
  last_seen public.session;
begin
  if args ->> 'before' is not null then
    last_seen := public.seen_session(jsonb_build_object('session_id', args -> 'before', 'owner_id', args -> 'owner_id'));
  end if;
  return (select coalesce(jsonb_agg(page.row_json order by page.created_at desc, page.id desc), '[]')
  from (
    select s.created_at, s.id, jsonb_build_object(
      'id', s.id, 'status', s.status, 'created_at', s.created_at, 'name', s.name, 'exam_id', s.exam_id,
      -- A client sends these back as "models": of a plan of pairs that would make another experiment.
      'selected_models', case when jsonb_typeof(s.plan #> '{summary,model_pairs}') = 'array' then 'null'
        else s.plan -> 'summary' -> 'selected_models' end,
      'default_tries', case when s.plan is not null then s.default_tries end,
      'model_pairs', s.plan -> 'summary' -> 'model_pairs',
      'rubric_models', s.plan -> 'summary' -> 'rubric_models',
      'assessment_models', s.plan -> 'summary' -> 'assessment_models',
      'selected_rubric_template', s.selected_rubric_template,
      'selected_assessment_template', s.selected_assessment_template
    ) as row_json
    from public.session s
    where (args ->> 'owner_id' is null or s.owner_id = args ->> 'owner_id')
      and (last_seen.id is null or (s.created_at, s.id) < (last_seen.created_at, last_seen.id))
    order by s.created_at desc, s.id desc
    limit (args ->> 'limit')::int
  ) page);
end $$;

-- {session_id, run, outcomes: [{model_name, try_index, stage, input_hash, status, completions, criteria, error,
--  finish_reason, provider, generation_id, prompt_tokens, completion_tokens, reasoning_tokens, cached_tokens, cost_usd,
--  http_requests, latency_ms, native_finish_reason, parse_path, passed_over, first_answer, validation_errors, notes,
--  results: [{question_id, marks_awarded, rubric_notes, raw_output, validation_errors}]}]} -> {recorded}
-- Stores finished calls with their marks; status waiting stores a first answer that will be asked for once more, status
-- pending only what an interrupted call had cost: it stays to be made. The first writer wins; a call that is no longer
-- unfinished, or was planned anew from other inputs, is left as it is. Tokens, cost and time add up over all requests of
-- the call's row. Never raises on what a model said: only configured questions get rows, and a mark outside 0..maximum is
-- stored as no mark. Notes, such as on a parameter that a model refuses, join those of the session's plan.
create or replace function public.record_calls(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  of_session uuid := (args ->> 'session_id')::uuid;
  this_run int := (args ->> 'run')::int;
  recorded int;
begin
  -- The same lock that a renewal takes first: no deadlock over the calls' rows.
  perform from public.session s where s.id = of_session for no key update;
  update public.session s set plan = s.plan || jsonb_build_object('notes', notes.all_of_them)
  from (
    select jsonb_agg(distinct note) as all_of_them
    from (
      select jsonb_array_elements(coalesce(p.plan -> 'notes', '[]')) as note from public.session p where p.id = of_session
      union all
      select jsonb_array_elements(o -> 'notes') from jsonb_array_elements(args -> 'outcomes') o where o ? 'notes'
    ) note
  ) notes
  where s.id = of_session and s.run = this_run and exists (
    select from jsonb_array_elements(args -> 'outcomes') o
    where jsonb_array_length(coalesce(o -> 'notes', '[]')) > 0 and not s.plan -> 'notes' @> (o -> 'notes'));

  update public.grading_call g set
    raw_output = g.raw_output || o.completions, prompt_tokens = g.prompt_tokens + o.prompt_tokens,
    completion_tokens = g.completion_tokens + o.completion_tokens,
    reasoning_tokens = g.reasoning_tokens + o.reasoning_tokens, cached_tokens = g.cached_tokens + o.cached_tokens,
    cost_usd = g.cost_usd + o.cost_usd, http_requests = g.http_requests + o.http_requests,
    latency_ms = coalesce(g.latency_ms, 0) + o.latency_ms
  from jsonb_to_recordset(args -> 'outcomes') as o (
    model_name text, try_index int, stage text, input_hash text, status text, completions jsonb, prompt_tokens int,
    completion_tokens int, reasoning_tokens int, cached_tokens int, cost_usd numeric, http_requests int, latency_ms int)
  where o.status = 'pending' and g.session_id = of_session and g.run = this_run
    and (g.model_name, g.try_index, g.stage) = (o.model_name, o.try_index, o.stage)
    and g.request ->> 'input_hash' = o.input_hash
    -- Sent twice, because the reply to the first sending was lost, it counts once.
    and not g.raw_output @> o.completions;

  with outcome as (
    select * from jsonb_to_recordset(args -> 'outcomes') as o (
      model_name text, try_index int, stage text, input_hash text, status text, completions jsonb, criteria text,
      error jsonb, finish_reason text, provider text, generation_id text, prompt_tokens int, completion_tokens int,
      reasoning_tokens int, cached_tokens int, cost_usd numeric, http_requests int, latency_ms int,
      native_finish_reason text, parse_path text, passed_over jsonb, first_answer text, validation_errors jsonb,
      results jsonb)
    where o.status <> 'pending'
  ), finished as (
    update public.grading_call g set
      -- A repeat that gave nothing takes no mark back: the attempt stays the incomplete success that it was.
      status = case when o.status in ('failed', 'cancelled') and exists (
        select from public.result r
        where r.session_id = of_session and r.model_name = g.model_name and r.try_index = g.try_index
          and g.stage = 'assessment' and r.marks_awarded is not null
      ) then 'succeeded' else o.status end,
      raw_output = g.raw_output || coalesce(o.completions, '[]'), criteria = o.criteria, error = o.error,
      finish_reason = o.finish_reason, provider = o.provider, generation_id = o.generation_id,
      prompt_tokens = g.prompt_tokens + coalesce(o.prompt_tokens, 0),
      completion_tokens = g.completion_tokens + coalesce(o.completion_tokens, 0),
      reasoning_tokens = g.reasoning_tokens + coalesce(o.reasoning_tokens, 0),
      cached_tokens = g.cached_tokens + coalesce(o.cached_tokens, 0),
      cost_usd = g.cost_usd + coalesce(o.cost_usd, 0), http_requests = g.http_requests + coalesce(o.http_requests, 0),
      latency_ms = case when o.latency_ms is null then g.latency_ms else coalesce(g.latency_ms, 0) + o.latency_ms end,
      native_finish_reason = o.native_finish_reason, parse_path = o.parse_path,
      passed_over = coalesce(o.passed_over, '[]'),
      first_answer = o.first_answer, validation_errors = coalesce(o.validation_errors, '[]'),
      finished_at = case when o.status <> 'waiting' then clock_timestamp() end
    from outcome o
    where g.session_id = of_session and g.run = this_run
      and (g.model_name, g.try_index, g.stage) = (o.model_name, o.try_index, o.stage)
      and g.status in ('pending', 'running', 'waiting') and g.request ->> 'input_hash' = o.input_hash
      -- A first answer that is sent twice, because the reply to the first sending was lost, counts once.
      and (o.status <> 'waiting' or g.first_answer is null)
    returning g.model_name, g.try_index, g.stage
  ), mark as (
    insert into public.result as r
      (session_id, question_id, model_name, try_index, marks_awarded, rubric_notes, raw_output, validation_errors)
    select of_session, q.question_id, f.model_name, f.try_index,
      case when m.marks_awarded between 0 and q.max_marks then m.marks_awarded end, m.rubric_notes, m.raw_output,
      coalesce(m.validation_errors, '[]') || case
        when m.marks_awarded not between 0 and q.max_marks then jsonb_build_array(jsonb_build_object(
          'reason', 'out_of_range', 'question_id', q.question_id,
          'message', 'The mark lies outside the question''s range.', 'found', m.marks_awarded::text))
        else '[]' end
    from finished f
    join outcome o using (model_name, try_index, stage)
    cross join jsonb_to_recordset(o.results)
      as m (question_id text, marks_awarded numeric, rubric_notes text, raw_output jsonb, validation_errors jsonb)
    join public.question q on q.session_id = of_session and q.question_id = m.question_id
    on conflict (session_id, question_id, model_name, try_index) do update set
      marks_awarded = excluded.marks_awarded, rubric_notes = excluded.rubric_notes, raw_output = excluded.raw_output,
      validation_errors = excluded.validation_errors
      where r.marks_awarded is null
    returning 1
  )
  select count(*) into recorded from finished;
  return jsonb_build_object('recorded', recorded);
end $$;

-- {session_id, owner_id, run, graded, calls: [{model_name, try_index, input_hash, status, error, parse_path, passed_over,
--  validation_errors, before, results: [{question_id, marks_awarded, rubric_notes, raw_output, validation_errors}]}]}
-- -> {changed}. Puts marks that were read anew from stored answers in the place of the old ones; `before` is kept with the
-- evidence of the call. `graded` makes a session that failed for want of marks a graded one. SM409 while it is graded.
create or replace function public.record_reread(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  s public.session := public.idle_session(args);
  changed int;
begin
  if s.run <> (args ->> 'run')::int then
    return jsonb_build_object('changed', 0);
  end if;
  with call as (
    select * from jsonb_to_recordset(args -> 'calls') as c (
      model_name text, try_index int, input_hash text, status text, error jsonb, parse_path text, passed_over jsonb,
      validation_errors jsonb, before jsonb, results jsonb)
  ), read_anew as (
    update public.grading_call g set
      status = c.status, error = c.error, parse_path = c.parse_path, passed_over = coalesce(c.passed_over, '[]'),
      validation_errors = coalesce(c.validation_errors, '[]'), raw_output = g.raw_output || jsonb_build_array(c.before)
    from call c
    where g.session_id = s.id and g.run = s.run and g.stage = 'assessment' and g.model_name = c.model_name
      and g.try_index = c.try_index and g.request ->> 'input_hash' = c.input_hash and g.status in ('succeeded', 'failed')
    returning g.model_name, g.try_index
  ), mark as (
    insert into public.result
      (session_id, question_id, model_name, try_index, marks_awarded, rubric_notes, raw_output, validation_errors)
    select s.id, q.question_id, r.model_name, r.try_index,
      case when m.marks_awarded between 0 and q.max_marks then m.marks_awarded end, m.rubric_notes, m.raw_output,
      coalesce(m.validation_errors, '[]')
    from read_anew r
    join call c using (model_name, try_index)
    cross join jsonb_to_recordset(c.results)
      as m (question_id text, marks_awarded numeric, rubric_notes text, raw_output jsonb, validation_errors jsonb)
    join public.question q on q.session_id = s.id and q.question_id = m.question_id
    on conflict (session_id, question_id, model_name, try_index) do update set
      marks_awarded = excluded.marks_awarded, rubric_notes = excluded.rubric_notes, raw_output = excluded.raw_output,
      validation_errors = excluded.validation_errors
  )
  select count(*) into changed from read_anew;
  if (args ->> 'graded')::boolean then
    update public.session set status = 'graded', failure_reason = null, updated_at = clock_timestamp() where id = s.id;
  end if;
  return jsonb_build_object('changed', changed);
end $$;

-- {session_id, owner_id} -> what a poller sees, counted from stored rows. An attempt is its assessment call; while its
-- rubric call is at work, that one speaks for it.
create or replace function public.session_progress(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  s public.session := public.seen_session(args);
  n record;
  spent record;
  n_unmarked bigint;
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

  select count(*) into n_unmarked
  from public.result r
  join public.question q on q.session_id = r.session_id and q.question_id = r.question_id
  join public.grading_call g on g.session_id = s.id and g.run = s.run and g.stage = 'assessment' and g.planned
    and g.model_name = r.model_name and g.try_index = r.try_index and g.status = 'succeeded'
  where r.session_id = s.id and r.marks_awarded is null;

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

-- {session_id, owner_id} -> {status, failure_reason, run, plan, marked_by, questions, calls: [...]}: every assessment call
-- of the current plan that is over, with the evidence of its requests and the marks that were read from it.
create or replace function public.stored_answers(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  s public.session := public.seen_session(args);
begin
  return jsonb_build_object(
    'status', s.status, 'failure_reason', s.failure_reason, 'run', s.run, 'plan', s.plan, 'marked_by', s.marked_by,
    'questions', public.questions_of(s.id),
    'calls', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'model_name', g.model_name, 'try_index', g.try_index, 'input_hash', g.request ->> 'input_hash',
        'status', g.status, 'error', g.error, 'parse_path', g.parse_path, 'passed_over', g.passed_over,
        'validation_errors', g.validation_errors, 'completions', g.raw_output,
        'results', (
          select coalesce(jsonb_agg(jsonb_build_object(
            'question_id', r.question_id, 'marks_awarded', trim_scale(r.marks_awarded), 'rubric_notes', r.rubric_notes,
            'raw_output', r.raw_output, 'validation_errors', r.validation_errors)), '[]')
          from public.result r
          where r.session_id = s.id and r.model_name = g.model_name and r.try_index = g.try_index)
        ) order by g.model_name, g.try_index), '[]')
      from public.grading_call g
      where g.session_id = s.id and g.run = s.run and g.planned and g.stage = 'assessment'
        and g.status in ('succeeded', 'failed') and not g.request ? 'imported'
    ));
end $$;

revoke all on function public.record_reread(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.record_reread(jsonb) to service_role;

revoke all on function public.stored_answers(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.stored_answers(jsonb) to service_role;

comment on function public.ping(jsonb) is 'migration 20261128102737';
