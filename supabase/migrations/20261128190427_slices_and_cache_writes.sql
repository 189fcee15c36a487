-- Made by `make migration` from the difference between supabase/schemas and the migrations before this one.
set check_function_bodies = off;

alter table public.grading_call add column cache_write_tokens integer default 0 not null;

alter table public.grading_call add column slices jsonb default '{}'::jsonb not null;

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
    'session_id', s.id, 'run', s.run, 'plan', s.plan, 'stop_reason', s.stop_reason, 'marked_by', s.marked_by,
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

-- {exam_id, owner_id} -> [{marker, model, calls, prompt_tokens, cached_tokens, cache_write_tokens, completion_tokens,
-- cost_usd, simulated}]: what the current runs of an exam's sessions were billed, by marker and model. Rows of tries that left
-- the plan count: they were paid.
create or replace function public.exam_spending(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  e public.exam := public.owned_exam(args);
begin
  return (
    select coalesce(jsonb_agg(to_jsonb(spent) order by spent.marker, spent.model), '[]')
    from (
      select g.model_name as marker, g.request ->> 'model' as model, sum(g.http_requests) as calls,
        sum(g.prompt_tokens) as prompt_tokens, sum(g.cached_tokens) as cached_tokens,
        sum(g.cache_write_tokens) as cache_write_tokens,
        sum(g.completion_tokens) as completion_tokens, trim_scale(sum(g.cost_usd)) as cost_usd,
        coalesce(bool_or(g.provider = 'Simulated'), false) as simulated
      from public.session s
      join public.grading_call g on g.session_id = s.id and g.run = s.run
      where s.exam_id = e.id and g.http_requests > 0
      group by g.model_name, g.request ->> 'model'
    ) spent
  );
end $$;

-- Makes the calls of one run equal to those of a plan. New calls become pending, complete successes from the same
-- inputs stay, all others become pending again. The costs and answers of a repeated call stay in its row; its marks
-- and its whole slices stay if its inputs are the same.
create or replace function public.plan_calls(of_session uuid, this_run int, calls jsonb) returns void
language sql set search_path = '' as $$
  update public.grading_call g set planned = false where g.session_id = of_session and g.run = this_run and g.planned;

  -- `offset 0` keeps each lookup by index: a plain join is quadratic as long as the tables were never analysed.
  delete from public.result where id = any (array(
    select gone.id
    from jsonb_to_recordset(calls) as c (model_name text, try_index int, stage text, request jsonb)
    cross join lateral (
      select g.status, not public.has_same_inputs(g.request, c.request) as changed
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
    slices = case when g.request ->> 'input_hash' = excluded.request ->> 'input_hash' then (
      select coalesce(jsonb_object_agg(one.key, one.value), '{}') from jsonb_each(g.slices) one
      where (one.value ->> 'whole')::boolean or (g.slices -> ('again: ' || one.key) ->> 'whole')::boolean
      ) else '{}' end,
    error = case when public.is_complete(g, excluded.request) then g.error end,
    finished_at = case when public.is_complete(g, excluded.request) then g.finished_at end;
$$;

-- All that a run of this portion needs, as claim_session gives it of a whole session.
create or replace function public.portion_json(p public.portion) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'portion_id', p.id, 'n_attempts', p.n_attempts,
    'session_id', s.id, 'run', s.run, 'plan', s.plan, 'stop_reason', s.stop_reason, 'marked_by', s.marked_by,
    'questions', public.questions_of(s.id), 'images', public.images_of(s.id),
    'calls', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'model_name', g.model_name, 'try_index', g.try_index, 'stage', g.stage, 'status', g.status,
        'input_hash', g.request ->> 'input_hash', 'criteria', g.criteria,
        'first_answer', g.first_answer, 'slices', g.slices) order by g.try_index, g.model_name), '[]')
      from jsonb_array_elements(p.attempts) a
      join public.grading_call g on g.session_id = s.id and g.run = p.run
        and g.model_name = a ->> 0 and g.try_index = (a ->> 1)::int
      where g.planned and (g.stage = 'rubric' or g.status in ('pending', 'running', 'waiting'))
    )
  )
  from public.session s where s.id = p.session_id;
$$;

-- {session_id, run, outcomes: [{model_name, try_index, stage, input_hash, status, completions, criteria, error,
--  finish_reason, provider, generation_id, prompt_tokens, completion_tokens, reasoning_tokens, cached_tokens,
--  cache_write_tokens, cost_usd, http_requests, latency_ms, native_finish_reason, parse_path, passed_over, first_answer,
--  slice, slice_answer, validation_errors, notes,
--  results: [{question_id, marks_awarded, rubric_notes, raw_output, validation_errors}]}]} -> {recorded}
-- Stores finished calls with their marks; status waiting stores a first answer that will be asked for once more, or the
-- answer of one slice of an attempt that asks in several requests (a call has one outcome in each list at most); status
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
  if jsonb_path_exists(args, '$.outcomes[*].notes[0]') then
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
      where jsonb_array_length(coalesce(o -> 'notes', '[]')) > 0 and not coalesce(s.plan -> 'notes', '[]') @> (o -> 'notes'));
  end if;

  if jsonb_path_exists(args, '$.outcomes[*] ? (@.status == "pending")') then
    update public.grading_call g set
      raw_output = g.raw_output || o.completions, prompt_tokens = g.prompt_tokens + o.prompt_tokens,
      completion_tokens = g.completion_tokens + o.completion_tokens,
      reasoning_tokens = g.reasoning_tokens + o.reasoning_tokens, cached_tokens = g.cached_tokens + o.cached_tokens,
      cache_write_tokens = g.cache_write_tokens + coalesce(o.cache_write_tokens, 0), cost_usd = g.cost_usd + o.cost_usd, http_requests = g.http_requests + o.http_requests,
      latency_ms = coalesce(g.latency_ms, 0) + o.latency_ms
    from jsonb_to_recordset(args -> 'outcomes') as o (
      model_name text, try_index int, stage text, input_hash text, status text, completions jsonb, prompt_tokens int,
      completion_tokens int, reasoning_tokens int, cached_tokens int, cache_write_tokens int, cost_usd numeric,
      http_requests int, latency_ms int)
    where o.status = 'pending' and g.session_id = of_session and g.run = this_run
      and (g.model_name, g.try_index, g.stage) = (o.model_name, o.try_index, o.stage)
      and g.request ->> 'input_hash' = o.input_hash
      -- Sent twice, because the reply to the first sending was lost, it counts once.
      and not g.raw_output @> o.completions;
  end if;

  with outcome as (
    select * from jsonb_to_recordset(args -> 'outcomes') as o (
      model_name text, try_index int, stage text, input_hash text, status text, completions jsonb, criteria text,
      error jsonb, finish_reason text, provider text, generation_id text, prompt_tokens int, completion_tokens int,
      reasoning_tokens int, cached_tokens int, cache_write_tokens int, cost_usd numeric, http_requests int, latency_ms int,
      native_finish_reason text, parse_path text, passed_over jsonb, first_answer text, slice text, slice_answer jsonb,
      validation_errors jsonb, results jsonb)
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
      -- Of an attempt in slices they are those of the last answer.
      finish_reason = case when g.slices = '{}' then o.finish_reason else coalesce(o.finish_reason, g.finish_reason) end,
      provider = case when g.slices = '{}' then o.provider else coalesce(o.provider, g.provider) end,
      generation_id = case when g.slices = '{}' then o.generation_id else coalesce(o.generation_id, g.generation_id) end,
      prompt_tokens = g.prompt_tokens + coalesce(o.prompt_tokens, 0),
      completion_tokens = g.completion_tokens + coalesce(o.completion_tokens, 0),
      reasoning_tokens = g.reasoning_tokens + coalesce(o.reasoning_tokens, 0),
      cached_tokens = g.cached_tokens + coalesce(o.cached_tokens, 0),
      cache_write_tokens = g.cache_write_tokens + coalesce(o.cache_write_tokens, 0),
      cost_usd = g.cost_usd + coalesce(o.cost_usd, 0), http_requests = g.http_requests + coalesce(o.http_requests, 0),
      latency_ms = case when o.latency_ms is null then g.latency_ms else coalesce(g.latency_ms, 0) + o.latency_ms end,
      native_finish_reason = case when g.slices = '{}' then o.native_finish_reason
        else coalesce(o.native_finish_reason, g.native_finish_reason) end,
      slices = case when o.slice is null then g.slices else g.slices || jsonb_build_object(o.slice, o.slice_answer) end,
      parse_path = o.parse_path,
      passed_over = coalesce(o.passed_over, '[]'),
      first_answer = o.first_answer, validation_errors = coalesce(o.validation_errors, '[]'),
      finished_at = case when o.status <> 'waiting' then clock_timestamp() end
    from outcome o
    where g.session_id = of_session and g.run = this_run
      and (g.model_name, g.try_index, g.stage) = (o.model_name, o.try_index, o.stage)
      and g.status in ('pending', 'running', 'waiting') and g.request ->> 'input_hash' = o.input_hash
      -- An answer that is sent twice, because the reply to the first sending was lost, counts once.
      and (o.status <> 'waiting' or case when o.slice is null then g.first_answer is null else not g.slices ? o.slice end)
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

comment on function public.ping(jsonb) is 'migration 20261128190427';
