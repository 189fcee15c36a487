-- {worker} -> {}: the worker ends. Other workers may take at once the work that it still holds.
create or replace function public.leave_work(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  return public.release_leases(jsonb_build_object('lease_owners', jsonb_build_array(args ->> 'worker')));
end $$;
