-- {exam_id, owner_id, name, questions} -> {}. Changes the name of an exam, or its questions, here and in all its
-- sessions. The marks of a question that is new or asked differently become unmarked until it is graded again; all
-- other marks stay, also those of a renamed question (renamed_from). A field that is null keeps its value. SM409 while
-- one of its scripts is being graded; SM422 for a human mark above a lowered maximum.
create or replace function public.edit_exam(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  e public.exam := public.owned_exam(args, lock => true);
  asked jsonb := nullif(args -> 'questions', 'null');
  names jsonb;
  member record;
begin
  update public.exam set name = coalesce(args ->> 'name', name) where id = e.id;
  if asked is null then
    return '{}';
  end if;
  if exists (select from public.session s where s.exam_id = e.id and s.status = 'grading') then
    raise exception 'A script of the exam is being graded; wait until it is done or cancel it.'
      using errcode = 'SM409', detail = 'SESSION_BUSY';
  end if;
  names := public.renamed_questions(asked,
    array(select q.question_id from public.exam_question q where q.exam_id = e.id));
  delete from public.exam_question q where q.exam_id = e.id;
  perform public.set_exam_questions(e.id, asked);
  update public.exam set questions_given = true where id = e.id;
  for member in
    select s.id, public.marks_of_asked(public.renamed_marks(st.human_marks_by_qid, names), asked) as human,
      public.marks_of_asked(public.renamed_marks(st.human_marks_2_by_qid, names), asked) as human_2
    from public.session s left join public.stats st on st.session_id = s.id
    where s.exam_id = e.id order by s.created_at, s.id
  loop
    perform public.check_human_marks(asked, 'human_marks_by_qid', member.human);
    perform public.check_human_marks(asked, 'human_marks_2_by_qid', member.human_2);
    perform public.configure_questions(jsonb_build_object('session_id', member.id, 'questions', asked,
      'human_marks_by_qid', member.human, 'human_marks_2_by_qid', member.human_2));
  end loop;
  return '{}';
end $$;
