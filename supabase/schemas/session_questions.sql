-- {session_id, owner_id} -> {questions, human_marks_by_qid, human_marks_2_by_qid}
create or replace function public.session_questions(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  s public.session := public.seen_session(args);
begin
  return jsonb_build_object(
    'questions', public.questions_of(s.id), 'human_marks_by_qid', public.human_marks_of(s.id),
    'human_marks_2_by_qid', coalesce((select st.human_marks_2_by_qid from public.stats st where st.session_id = s.id), '{}')
  );
end $$;
