-- {kind: document | generated_test} -> [id, ...]: those at work that no living process works on, those of the owners in turn, longest waiting first.
create or replace function public.unclaimed_jobs(args jsonb) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(job.id order by job.turn, job.created_at), '[]')
  from (
    select d.id, d.created_at, row_number() over (partition by d.owner_id order by d.created_at) as turn
    from public.document d
    where args ->> 'kind' = 'document' and d.status = 'processing'
      and (d.lease_expires_at is null or d.lease_expires_at < clock_timestamp())
    union all
    select t.id, t.created_at, row_number() over (partition by t.owner_id order by t.created_at)
    from public.generated_test t
    where args ->> 'kind' = 'generated_test' and t.status in ('pending', 'generating')
      and (t.lease_expires_at is null or t.lease_expires_at < clock_timestamp())
  ) job;
$$;
