-- {lease_owners: [...]} -> {}: those processes ended; others may take their work at once.
create or replace function public.release_leases(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  gone text[] := array(select jsonb_array_elements_text(args -> 'lease_owners'));
begin
  update public.session set lease_owner = null, lease_expires_at = null
  where status = 'grading' and lease_owner = any(gone);
  update public.portion set lease_owner = null, lease_expires_at = null where lease_owner = any(gone);
  update public.document set lease_owner = null, lease_expires_at = null
  where status = 'processing' and lease_owner = any(gone);
  update public.generated_test set lease_owner = null, lease_expires_at = null
  where status in ('pending', 'generating') and lease_owner = any(gone);
  update public.computation set lease_owner = null, lease_expires_at = null
  where finished_at is null and lease_owner = any(gone);
  delete from public.worker where id = any(gone);
  return '{}';
end $$;
