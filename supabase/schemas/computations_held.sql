-- The number of computations of an owner that workers hold.
create or replace function public.computations_held(owner text) returns bigint
language sql stable set search_path = '' as $$
  select count(*) from public.computation c
  where c.owner_id = owner and c.finished_at is null and c.lease_expires_at >= clock_timestamp();
$$;
