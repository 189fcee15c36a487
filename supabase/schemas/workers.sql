-- {} -> {workers: [{id, host, pid, started_at, silent_seconds, work: [{kind, id, session_id, since, attempts}]}], waiting: {portions,
--  attempts, documents, tests, analyses, since}, jobs}: who works on what, and how much waits.
create or replace function public.workers(args jsonb) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'workers', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'id', w.id, 'host', w.host, 'pid', w.pid, 'started_at', w.started_at, 'silent_seconds',
        round(extract(epoch from clock_timestamp() - w.beaten_at), 1),
        'work', (
          select coalesce(jsonb_agg(held order by held.since), '[]')
          from (
            select 'session' as kind, p.session_id as id, p.claimed_at as since, p.n_attempts as attempts
            from public.portion p where p.lease_owner = w.id
            union all
            select 'document', d.id, d.created_at, null from public.document d
            where d.status = 'processing' and d.lease_owner = w.id
            union all
            select 'test', t.id, t.created_at, null from public.generated_test t
            where t.status in ('pending', 'generating') and t.lease_owner = w.id
            union all
            select 'analysis', c.id, c.claimed_at, null from public.computation c
            where c.finished_at is null and c.lease_owner = w.id
          ) held)
        ) order by w.started_at), '[]')
      from public.worker w),
    'waiting', (
      select jsonb_build_object(
        'portions', count(*), 'attempts', coalesce(sum(p.n_attempts), 0), 'since', min(p.started_at),
        'documents', (
          select count(*) from public.document d where d.status = 'processing'
            and (d.lease_expires_at is null or d.lease_expires_at < clock_timestamp())),
        'tests', (
          select count(*) from public.generated_test t where t.status in ('pending', 'generating')
            and (t.lease_expires_at is null or t.lease_expires_at < clock_timestamp())),
        'analyses', (
          select count(*) from public.computation c
          where c.finished_at is null and (c.lease_expires_at is null or c.lease_expires_at < clock_timestamp())))
      from public.portion p where p.lease_owner is null),
    'jobs', public.waiting_jobs()
  );
$$;
