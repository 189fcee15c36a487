-- {session_id, lease_owner} -> {}: gives the lease up, so that another process may take the session at once.
create or replace function public.release_lease(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  update public.session set lease_owner = null, lease_expires_at = null
  where id = (args ->> 'session_id')::uuid and lease_owner = args ->> 'lease_owner';
  return '{}';
end $$;
