-- The questions of one session as JSON, by number.
create or replace function public.questions_of(of_session uuid) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(
    jsonb_build_object(
      'question_id', q.question_id, 'number', q.number, 'max_marks', trim_scale(q.max_marks),
      'tolerance', trim_scale(q.tolerance), 'text', q.text, 'answer', q.answer
    )
    order by q.number
  ), '[]')
  from public.question q where q.session_id = of_session;
$$;
