-- Takes the marks of changed questions out of every finished attempt of the current run; the calls keep the replies.
create or replace function public.unmark_questions(s public.session, changed text[]) returns void
language sql set search_path = '' as $$
  insert into public.result (session_id, question_id, model_name, try_index, validation_errors)
  select s.id, q.question_id, g.model_name, g.try_index, jsonb_build_array(jsonb_build_object(
    'reason', 'question_changed', 'question_id', q.question_id,
    'message', 'The question was changed after it was marked; grade the session again.'))
  from public.grading_call g
  cross join unnest(changed) as q (question_id)
  where g.session_id = s.id and g.run = s.run and g.stage = 'assessment' and g.status in ('succeeded', 'failed')
  on conflict (session_id, question_id, model_name, try_index) do update
    set marks_awarded = null, validation_errors = excluded.validation_errors;
$$;
