-- {kind: document | generated_test | computation, id, lease_owner} -> {}: gives the job up, so that another process may take it at once.
create or replace function public.release_job(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  if args ->> 'kind' = 'document' then
    update public.document set lease_owner = null, lease_expires_at = null
    where id = (args ->> 'id')::uuid and lease_owner = args ->> 'lease_owner';
  elsif args ->> 'kind' = 'computation' then
    -- Its worker lives: it was left in order, and counts as never begun.
    update public.computation set lease_owner = null, lease_expires_at = null, n_claims = n_claims - 1
    where id = (args ->> 'id')::uuid and lease_owner = args ->> 'lease_owner' and finished_at is null;
  else
    update public.generated_test set lease_owner = null, lease_expires_at = null
    where id = (args ->> 'id')::uuid and lease_owner = args ->> 'lease_owner';
  end if;
  return '{}';
end $$;
