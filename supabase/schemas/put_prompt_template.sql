-- {kind, name, display_name, system_template, user_template, schema_template} -> {}
create or replace function public.put_prompt_template(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  insert into public.prompt_template (kind, name, display_name, system_template, user_template, schema_template)
  values (args ->> 'kind', args ->> 'name', args ->> 'display_name', args ->> 'system_template',
    args ->> 'user_template', args ->> 'schema_template')
  on conflict (kind, name) do update set
    display_name = excluded.display_name, system_template = excluded.system_template,
    user_template = excluded.user_template, schema_template = excluded.schema_template, updated_at = clock_timestamp();
  return '{}';
end $$;
