-- {kind: document | generated_test, id, lease_owner} -> {}: the next process may take it at once.
create or replace function public.release_job(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  if args ->> 'kind' = 'document' then
    update public.document set lease_owner = null, lease_expires_at = null
    where id = (args ->> 'id')::uuid and lease_owner = args ->> 'lease_owner';
  else
    update public.generated_test set lease_owner = null, lease_expires_at = null
    where id = (args ->> 'id')::uuid and lease_owner = args ->> 'lease_owner';
  end if;
  return '{}';
end $$;
