-- {kind: document | generated_test} -> [id, ...]: those at work that no living process works on, longest waiting first.
create or replace function public.unclaimed_jobs(args jsonb) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(job.id order by job.created_at), '[]')
  from (
    select d.id, d.created_at, d.lease_expires_at from public.document d
    where args ->> 'kind' = 'document' and d.status = 'processing'
    union all
    select t.id, t.created_at, t.lease_expires_at from public.generated_test t
    where args ->> 'kind' = 'generated_test' and t.status in ('pending', 'generating')
  ) job
  where job.lease_expires_at is null or job.lease_expires_at < clock_timestamp();
$$;
