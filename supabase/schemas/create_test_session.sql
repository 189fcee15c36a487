-- {test_id, owner_id, session_id, name, exam_id, human_marks_by_qid} -> {session_id}: a session that asks the test's questions
-- and whose marks code awards. SM409 while the test is being made or has no question. SM409 also for an exam of
-- another test or of no test, because the questions of two tests have the same names.
create or replace function public.create_test_session(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  t public.generated_test := public.owned_test(args);
  asked jsonb;
begin
  select jsonb_agg(jsonb_build_object(
    'question_id', n.number::text, 'number', n.number, 'max_marks', q.max_marks, 'tolerance', null,
    'text', public.printed_question(q), 'answer', q.correct_option) order by n.number)
  into asked
  from public.test_question q, lateral public.test_question_number(q) n (number) where q.test_id = t.id;
  if t.status in ('pending', 'generating') or asked is null then
    raise exception 'The test is not made yet.' using errcode = 'SM409', detail = 'TEST_NOT_READY';
  end if;
  if exists (
    select from public.session s
    where s.exam_id = (args ->> 'exam_id')::uuid and s.test_id is distinct from t.id
      and s.id <> (args ->> 'session_id')::uuid
  ) then
    raise exception 'The exam holds scripts of something else than this test.' using errcode = 'SM409', detail = 'CONFLICT';
  end if;
  perform public.check_human_marks(asked, 'human_marks_by_qid', args -> 'human_marks_by_qid');
  perform public.create_session(args);
  update public.session set marked_by = 'code', test_id = t.id where id = (args ->> 'session_id')::uuid;
  perform public.configure_questions(args || jsonb_build_object('questions', asked));
  return jsonb_build_object('session_id', args -> 'session_id', 'status', 'created');
end $$;
