-- {portion_id, lease_owner} -> {}: gives the portion up, so that another worker may take it at once.
create or replace function public.release_portion(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  update public.portion set lease_owner = null, lease_expires_at = null
  where id = (args ->> 'portion_id')::uuid and lease_owner = args ->> 'lease_owner';
  if found then
    perform public.wake_workers('grade', '{}', 1);
  end if;
  return '{}';
end $$;
