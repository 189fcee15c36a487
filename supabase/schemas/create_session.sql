-- {session_id, name, owner_id, exam_id, selected_rubric_template, selected_assessment_template} -> {session_id, status}
create or replace function public.create_session(args jsonb) returns jsonb
language sql set search_path = '' as $$
  insert into public.session as s (id, name, owner_id, exam_id, selected_rubric_template, selected_assessment_template)
  values (
    (args ->> 'session_id')::uuid, args ->> 'name', args ->> 'owner_id', (args ->> 'exam_id')::uuid,
    coalesce(args ->> 'selected_rubric_template', 'default'),
    coalesce(args ->> 'selected_assessment_template', 'default')
  )
  -- The same id again is the same request sent twice.
  on conflict (id) do update set name = s.name
  returning jsonb_build_object('session_id', id, 'status', status);
$$;
