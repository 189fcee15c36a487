-- {kind: document | generated_test | computation, id, lease_owner, lease_seconds} -> {held}. `held` is false if another process holds the job, or if it is
-- deleted, over or no longer wanted.
create or replace function public.renew_job(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  until timestamptz := clock_timestamp() + make_interval(secs => (args ->> 'lease_seconds')::double precision);
begin
  if args ->> 'kind' = 'document' then
    update public.document set lease_expires_at = until
    where id = (args ->> 'id')::uuid and lease_owner = args ->> 'lease_owner' and status = 'processing';
  elsif args ->> 'kind' = 'computation' then
    update public.computation set lease_expires_at = until
    where id = (args ->> 'id')::uuid and lease_owner = args ->> 'lease_owner' and finished_at is null
      and wanted_until >= clock_timestamp();
  else
    update public.generated_test set lease_expires_at = until
    where id = (args ->> 'id')::uuid and lease_owner = args ->> 'lease_owner' and status in ('pending', 'generating');
  end if;
  return jsonb_build_object('held', found);
end $$;
