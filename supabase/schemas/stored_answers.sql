-- {session_id, owner_id} -> {status, failure_reason, run, plan, marked_by, questions, calls: [...], rubrics: [...]}: every
-- assessment call of the current plan that is over, with the replies to its requests and the marks that were read from them,
-- and every rubric call that failed, with its replies.
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
    ),
    'rubrics', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'model_name', g.model_name, 'try_index', g.try_index, 'input_hash', g.request ->> 'input_hash',
        'status', g.status, 'error', g.error, 'completions', g.raw_output) order by g.model_name, g.try_index), '[]')
      from public.grading_call g
      where g.session_id = s.id and g.run = s.run and g.planned and g.stage = 'rubric' and g.status = 'failed'
    ));
end $$;
