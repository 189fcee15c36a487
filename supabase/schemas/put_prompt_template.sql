-- {kind, name, owner_id, display_name, system_template, user_template, schema_template} -> {}. No owner_id: the common one.
create or replace function public.put_prompt_template(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  insert into public.prompt_template (kind, owner_id, name, display_name, system_template, user_template, schema_template)
  values (args ->> 'kind', coalesce(args ->> 'owner_id', ''), args ->> 'name', args ->> 'display_name',
    args ->> 'system_template', args ->> 'user_template', args ->> 'schema_template')
  on conflict (kind, owner_id, name) do update set
    display_name = excluded.display_name, system_template = excluded.system_template,
    user_template = excluded.user_template, schema_template = excluded.schema_template, updated_at = clock_timestamp();
  return '{}';
end $$;
