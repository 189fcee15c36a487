-- SM409 with {missing, unknown, maxima} unless the questions have the ids and maxima of the exam's. An exam that was made
-- without questions takes those of its first session, and may change them with it as long as it is the only one. A
-- tolerance that is not null becomes the tolerance of the exam's question; the last one counts. The questions of the
-- exam's other sessions keep theirs.
create or replace function public.match_exam(of_exam uuid, of_session uuid, questions jsonb) returns void
language plpgsql set search_path = '' as $$
declare
  difference jsonb;
begin
  -- Locked: two first sessions configured at once must not both decide what the exam asks.
  perform from public.exam e where e.id = of_exam for no key update;
  if not exists (select from public.exam_question e where e.exam_id = of_exam) or not exists (
    select from public.exam e where e.id = of_exam and e.questions_given
    union all
    select from public.session s where s.exam_id = of_exam and s.id is distinct from of_session
  ) then
    delete from public.exam_question e where e.exam_id = of_exam;
    perform public.set_exam_questions(of_exam, questions);
    return;
  end if;
  select jsonb_build_object(
    'missing', coalesce(jsonb_agg(e.question_id) filter (where n.question_id is null), '[]'),
    'unknown', coalesce(jsonb_agg(n.question_id) filter (where e.question_id is null), '[]'),
    'maxima', coalesce(jsonb_object_agg(e.question_id, jsonb_build_object('exam', e.max_marks, 'session', n.max_marks))
      filter (where e.question_id = n.question_id and e.max_marks <> n.max_marks), '{}')
  ) into difference
  from (select * from public.exam_question x where x.exam_id = of_exam) e
  full join jsonb_to_recordset(questions) as n (question_id text, max_marks numeric) using (question_id)
  where e.question_id is null or n.question_id is null or e.max_marks <> n.max_marks;
  if difference <> '{"missing": [], "unknown": [], "maxima": {}}' then
    raise exception 'The questions differ from those of the exam.'
      using errcode = 'SM409', detail = 'CONFLICT', hint = difference::text;
  end if;
  update public.exam_question e set tolerance = n.tolerance
  from jsonb_to_recordset(questions) as n (question_id text, tolerance numeric)
  where e.exam_id = of_exam and e.question_id = n.question_id and n.tolerance is distinct from e.tolerance
    and n.tolerance is not null;
end $$;
