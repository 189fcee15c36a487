-- {session_id, owner_id, run} -> {status, run, questions, human_marks_by_qid, calls: [...], results: [...]}: the rows
-- behind all views of the marks, of the current plan, or of the earlier `run`. SM404 for an unknown run. The calls
-- come without their completions.
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
