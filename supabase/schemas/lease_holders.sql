-- {kernel} -> [lease_owner, ...]: the processes of that kernel that hold a valid lease or take work from the queue.
create or replace function public.lease_holders(args jsonb) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(distinct held.lease_owner), '[]')
  from (
    select s.lease_owner, s.lease_expires_at from public.session s where s.status = 'grading'
    union all
    select p.lease_owner, p.lease_expires_at from public.portion p where p.lease_owner is not null
    union all
    select w.id, 'infinity' from public.worker w
    union all
    select d.lease_owner, d.lease_expires_at from public.document d where d.status = 'processing'
    union all
    select t.lease_owner, t.lease_expires_at from public.generated_test t where t.status in ('pending', 'generating')
    union all
    select c.lease_owner, c.lease_expires_at from public.computation c where c.finished_at is null
  ) held
  where held.lease_expires_at >= clock_timestamp() and starts_with(held.lease_owner, args ->> 'kernel');
$$;
