-- Made by `make migration` from the difference between supabase/schemas and the migrations before this one.
set check_function_bodies = off;

-- {kernel} -> [lease_owner, ...]: who holds leases that are good, of processes under that kernel.
create or replace function public.lease_holders(args jsonb) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(distinct held.lease_owner), '[]')
  from (
    select s.lease_owner, s.lease_expires_at from public.session s where s.status = 'grading'
    union all
    select d.lease_owner, d.lease_expires_at from public.document d where d.status = 'processing'
    union all
    select t.lease_owner, t.lease_expires_at from public.generated_test t where t.status in ('pending', 'generating')
  ) held
  where held.lease_expires_at >= clock_timestamp() and starts_with(held.lease_owner, args ->> 'kernel');
$$;

-- {lease_owners: [...]} -> {}: those processes are gone; others may take their work at once.
create or replace function public.release_leases(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  gone text[] := array(select jsonb_array_elements_text(args -> 'lease_owners'));
begin
  update public.session set lease_owner = null, lease_expires_at = null
  where status = 'grading' and lease_owner = any(gone);
  update public.document set lease_owner = null, lease_expires_at = null
  where status = 'processing' and lease_owner = any(gone);
  update public.generated_test set lease_owner = null, lease_expires_at = null
  where status in ('pending', 'generating') and lease_owner = any(gone);
  return '{}';
end $$;

revoke all on function public.lease_holders(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.lease_holders(jsonb) to service_role;

revoke all on function public.release_leases(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.release_leases(jsonb) to service_role;

comment on function public.ping(jsonb) is 'migration 20261128101005';
