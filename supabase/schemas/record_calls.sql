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
