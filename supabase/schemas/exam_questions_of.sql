-- The questions of one exam as JSON, by number.
create or replace function public.exam_questions_of(of_exam uuid) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(
    jsonb_build_object(
      'question_id', q.question_id, 'number', q.number, 'max_marks', trim_scale(q.max_marks),
      'tolerance', trim_scale(q.tolerance), 'text', q.text, 'answer', q.answer
    )
    order by q.number
  ), '[]')
  from public.exam_question q where q.exam_id = of_exam;
$$;
