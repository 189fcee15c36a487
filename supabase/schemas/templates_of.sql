-- The templates a session selected, by kind; a kind whose template is not stored is absent (the app has defaults).
create or replace function public.templates_of(s public.session) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_object_agg(t.kind, jsonb_build_object(
    'system_template', t.system_template, 'user_template', t.user_template, 'schema_template', t.schema_template)), '{}')
  from public.prompt_template t
  where (t.kind, t.name) in (('rubric', s.selected_rubric_template), ('assessment', s.selected_assessment_template));
$$;
