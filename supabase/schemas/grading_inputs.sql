-- {session_id, owner_id} -> all that a start is planned on.
create or replace function public.grading_inputs(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  s public.session := public.seen_session(args);
begin
  return jsonb_build_object(
    'marked_by', s.marked_by, 'plan', s.plan, 'default_tries', s.default_tries, 'inputs_version', s.inputs_version,
    'questions', public.questions_of(s.id), 'images', public.images_of(s.id), 'templates', public.templates_of(s)
  );
end $$;
