-- {kind: document | generated_test | computation, version} -> [id, ...]: those at work that no living process works on, those of the owners in turn, longest waiting first.
-- Of computations those that this version of the program can do.
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
    union all
    select c.id, c.created_at, public.computations_held(c.owner_id)
      + row_number() over (partition by c.owner_id order by c.created_at)
    from public.computation c
    where args ->> 'kind' = 'computation' and c.version = args ->> 'version' and c.finished_at is null
      and c.wanted_until >= clock_timestamp()
      and (c.lease_expires_at is null or c.lease_expires_at < clock_timestamp())
  ) job;
$$;
