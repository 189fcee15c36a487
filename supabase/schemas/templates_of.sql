-- The stored templates that a session selected, by kind, as its owner has them; null for a kind whose template is gone. `default`
-- may be absent: the app has built-in ones.
create or replace function public.templates_of(s public.session) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_object_agg(wanted.kind, case when t.name is not null then jsonb_build_object(
    'system_template', t.system_template, 'user_template', t.user_template, 'schema_template', t.schema_template) end
  ) filter (where t.name is not null or wanted.name <> 'default'), '{}')
  from (values ('rubric', s.selected_rubric_template), ('assessment', s.selected_assessment_template))
    as wanted (kind, name)
  left join lateral public.template_of(wanted.kind, wanted.name, s.owner_id) t on true;
$$;
