-- {session_id, owner_id} -> {questions, human_marks_by_qid}
create or replace function public.session_questions(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  s public.session := public.owned_session(args);
begin
  return jsonb_build_object('questions', public.questions_of(s.id), 'human_marks_by_qid', public.human_marks_of(s.id));
end $$;
