-- {session_id, owner_id} -> the parts of a session that another session can begin with: plan, questions, human marks,
-- images, templates, and the exam that it belongs to.
create or replace function public.session_template(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  s public.session := public.seen_session(args);
begin
  return jsonb_build_object(
    'name', s.name, 'exam_id', s.exam_id, 'plan', s.plan, 'default_tries', s.default_tries, 'questions', public.questions_of(s.id),
    'human_marks_by_qid', public.human_marks_of(s.id), 'images', public.images_of(s.id),
    'templates', jsonb_build_object(
      'rubric', s.selected_rubric_template, 'assessment', s.selected_assessment_template)
  );
end $$;
