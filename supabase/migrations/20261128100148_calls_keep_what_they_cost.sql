-- Made by `make migration` from the difference between supabase/schemas and the migrations before this one.
set check_function_bodies = off;

alter table public.grading_call add column native_finish_reason text;

alter table public.grading_call add column passed_over jsonb default '[]'::jsonb not null;

-- {session_id, run, outcomes: [{model_name, try_index, stage, input_hash, status, completions, criteria, error,
--  finish_reason, provider, generation_id, prompt_tokens, completion_tokens, reasoning_tokens, cached_tokens, cost_usd,
--  http_requests, latency_ms, native_finish_reason, parse_path, passed_over, first_answer, validation_errors,
--  results: [{question_id, marks_awarded, rubric_notes, raw_output, validation_errors}]}]} -> {recorded}
-- Stores finished calls with their marks; status waiting stores a first answer that will be asked for once more, status
-- pending only what an interrupted call had cost: it stays to be made. The first writer wins; a call that is no longer
-- unfinished, or was planned anew from other inputs, is left as it is. Tokens, cost and time add up over all requests of
-- the call's row. Never raises on what a model said: only configured questions get rows, and a mark outside 0..maximum is
-- stored as no mark.
create or replace function public.record_calls(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  of_session uuid := (args ->> 'session_id')::uuid;
  this_run int := (args ->> 'run')::int;
  recorded int;
begin
  -- The same lock that a renewal takes first: no deadlock over the calls' rows.
  perform from public.session s where s.id = of_session for no key update;
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

-- {test_id, slot, round, role, model, with_quote, raw, verdict, prompt_tokens, completion_tokens, cost_usd} -> {}. What is
-- stored already gets the new verdict and is not paid twice. Also stored after a cancel: it was paid for. Verdict interrupted
-- stores what a call had cost before it was interrupted; what comes for that call later is added to it.
create or replace function public.record_test_attempt(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  t public.generated_test;
begin
  select * into t from public.generated_test o where o.id = (args ->> 'test_id')::uuid for no key update;
  if t.id is null then
    return '{}';
  end if;
  insert into public.test_attempt as a
    (test_id, slot, round, role, model, with_quote, raw, verdict, prompt_tokens, completion_tokens, cost_usd)
  values (
    (args ->> 'test_id')::uuid, (args ->> 'slot')::int, (args ->> 'round')::int, args ->> 'role', args ->> 'model',
    (args ->> 'with_quote')::boolean, args -> 'raw', args -> 'verdict', (args ->> 'prompt_tokens')::int,
    (args ->> 'completion_tokens')::int, (args ->> 'cost_usd')::numeric
  )
  on conflict (test_id, slot, round, role, model, with_quote) do update set
    raw = excluded.raw || jsonb_build_object(
      'exchanges', coalesce(a.raw -> 'exchanges', '[]') || coalesce(excluded.raw -> 'exchanges', '[]')),
    verdict = excluded.verdict, prompt_tokens = a.prompt_tokens + excluded.prompt_tokens,
    completion_tokens = a.completion_tokens + excluded.completion_tokens, cost_usd = a.cost_usd + excluded.cost_usd
    -- A sending that is repeated, because the reply to the first one was lost, brings nothing new.
    where a.verdict ->> 'outcome' = 'interrupted' and excluded.raw ? 'exchanges'
      and not a.raw -> 'exchanges' @> (excluded.raw -> 'exchanges');
  if found then
    update public.generated_test set cost_usd = cost_usd + (args ->> 'cost_usd')::numeric
    where id = (args ->> 'test_id')::uuid;
  else
    update public.test_attempt set verdict = args -> 'verdict'
    where test_id = (args ->> 'test_id')::uuid and slot = (args ->> 'slot')::int and round = (args ->> 'round')::int
      and role = args ->> 'role' and model = args ->> 'model' and with_quote = (args ->> 'with_quote')::boolean;
  end if;
  if t.status not in ('pending', 'generating') then
    perform public.close_attempts(t.id);
  end if;
  return '{}';
end $$;

-- {session_id, owner_id} -> {status, run, questions, human_marks_by_qid, calls: [...], results: [...]}: everything that
-- marks are reported from, of the current plan alone. Calls come without the completions they hold.
create or replace function public.session_results(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  s public.session := public.seen_session(args);
begin
  return jsonb_build_object(
    'status', s.status, 'run', s.run, 'questions', public.questions_of(s.id),
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
      from public.grading_call g where g.session_id = s.id and g.run = s.run and g.planned
    ),
    'results', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'question_id', r.question_id, 'model_name', r.model_name, 'try_index', r.try_index,
        'marks_awarded', trim_scale(r.marks_awarded), 'rubric_notes', r.rubric_notes,
        'validation_errors', r.validation_errors) order by q.number, r.model_name, r.try_index), '[]')
      from public.result r
      join public.question q on q.session_id = r.session_id and q.question_id = r.question_id
      join public.grading_call g on g.session_id = s.id and g.run = s.run and g.stage = 'assessment' and g.planned
        and g.model_name = r.model_name and g.try_index = r.try_index
      where r.session_id = s.id
    )
  );
end $$;

comment on function public.ping(jsonb) is 'migration 20261128100148';
