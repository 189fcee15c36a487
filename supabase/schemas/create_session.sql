-- {name, owner_id, exam_id, selected_rubric_template, selected_assessment_template} -> {session_id, status}
create or replace function public.create_session(args jsonb) returns jsonb
language sql set search_path = '' as $$
  insert into public.session (name, owner_id, exam_id, selected_rubric_template, selected_assessment_template)
  values (
    args ->> 'name', args ->> 'owner_id', (args ->> 'exam_id')::uuid,
    coalesce(args ->> 'selected_rubric_template', 'default'),
    coalesce(args ->> 'selected_assessment_template', 'default')
  )
  returning jsonb_build_object('session_id', id, 'status', status);
$$;
