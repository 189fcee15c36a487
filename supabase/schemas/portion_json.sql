-- All that a run of this portion needs, as claim_session gives it of a whole session.
create or replace function public.portion_json(p public.portion) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'portion_id', p.id, 'n_attempts', p.n_attempts,
    'session_id', s.id, 'run', s.run, 'plan', s.plan, 'stop_reason', s.stop_reason,
    'correlation_id', s.correlation_id, 'marked_by', s.marked_by,
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
