-- {kind} -> [{name, display_name, system_template, user_template, schema_template}] by name
create or replace function public.prompt_templates(args jsonb) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'name', t.name, 'display_name', t.display_name, 'system_template', t.system_template,
    'user_template', t.user_template, 'schema_template', t.schema_template) order by t.name), '[]')
  from public.prompt_template t where t.kind = args ->> 'kind';
$$;
