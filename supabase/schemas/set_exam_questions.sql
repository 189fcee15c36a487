-- Writes the questions [{question_id, number, max_marks, tolerance, text, answer}] of an exam that has none yet.
create or replace function public.set_exam_questions(of_exam uuid, questions jsonb) returns void
language sql set search_path = '' as $$
  insert into public.exam_question (exam_id, question_id, number, max_marks, tolerance, text, answer)
  select of_exam, n.question_id, n.number, n.max_marks, n.tolerance, n.text, n.answer
  from jsonb_to_recordset(questions)
    as n (question_id text, number int, max_marks numeric, tolerance numeric, text text, answer text);
$$;
