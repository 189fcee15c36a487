-- {kind, name, owner_id} -> {}. The owner's template; no owner_id: the common one. SM404 when there is none.
create or replace function public.delete_prompt_template(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  delete from public.prompt_template t
  where t.kind = args ->> 'kind' and t.name = args ->> 'name' and t.owner_id = coalesce(args ->> 'owner_id', '');
  if not found then
    raise exception 'You have no such template.' using errcode = 'SM404', detail = 'NOT_FOUND';
  end if;
  return '{}';
end $$;
