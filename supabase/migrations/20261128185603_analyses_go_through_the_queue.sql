-- Made by `make migration` from the difference between supabase/schemas and the migrations before this one.
set check_function_bodies = off;

-- Computations of large exams that a server left to the workers. `question` and `answer` are packed as
-- app/reporting/packed.py describes; `key` names the question, so that all who ask it share one row. The row goes soon
-- after the last asker: `wanted_until` moves on with each look of a server.
create table public.computation (
  id uuid primary key default gen_random_uuid(),
  key text not null unique,
  -- Of the program: workers of another version cannot read the question.
  version text not null,
  owner_id text not null,
  question text,
  answer text,
  failed boolean not null default false,
  n_claims int not null default 0,
  created_at timestamptz not null default clock_timestamp(),
  claimed_at timestamptz,
  finished_at timestamptz,
  wanted_until timestamptz not null,
  lease_owner text,
  lease_expires_at timestamptz
);

-- {key, version, owner_id, question, wanted_seconds, fresh} -> {state: unknown | waiting | running | done | failed, answer}. Asks
-- for a computation, and moves on the time until which it is wanted. A question that nobody asked yet is stored with a
-- job of procrastinate if it is given, and is else unknown. With `fresh` an earlier failure is forgotten.
create or replace function public.ask_computation(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  until timestamptz := clock_timestamp() + make_interval(secs => (args ->> 'wanted_seconds')::double precision);
  c public.computation;
begin
  if (args ->> 'fresh')::boolean then
    delete from public.computation f where f.key = args ->> 'key' and f.failed;
  end if;
  update public.computation a set wanted_until = until where a.key = args ->> 'key' returning * into c;
  if c.id is null and args ->> 'question' is not null then
    insert into public.computation (key, version, owner_id, question, wanted_until)
    values (args ->> 'key', args ->> 'version', coalesce(args ->> 'owner_id', ''), args ->> 'question', until)
    on conflict (key) do update set wanted_until = until
    returning * into c;
    perform public.wake_workers('analyse', jsonb_build_object('id', c.id), 1);
  end if;
  return jsonb_build_object(
    'state', case
      when c.id is null then 'unknown' when c.failed then 'failed' when c.finished_at is not null then 'done'
      when c.lease_expires_at >= clock_timestamp() then 'running' else 'waiting' end,
    'answer', c.answer);
end $$;

-- {worker, host, pid, dead_seconds} -> {workers, stops: {session_id: reason}, held: [id, ...], released}. Says that the worker
-- lives, gives the work of dead ones free, and returns how many live, which of its sessions were stopped, and all that
-- it holds: portions, documents, tests and computations.
create or replace function public.beat(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  now_ timestamptz := clock_timestamp();
  dead interval := make_interval(secs => (args ->> 'dead_seconds')::double precision);
  me public.worker;
  gone text[] := '{}';
begin
  insert into public.worker as w (id, host, pid)
  values (args ->> 'worker', args ->> 'host', (args ->> 'pid')::int)
  on conflict (id) do update set beaten_at = now_,
    steady_since = case when w.beaten_at < now_ - dead / 2 then now_ else w.steady_since end
  returning * into me;
  -- Those that nobody wants any more, and finished ones ten minutes after the last asker.
  delete from public.computation c
  where c.wanted_until < now_ - case when c.finished_at is null then interval '0' else interval '10 minutes' end;
  -- After an outage of the database nobody has beaten for a while, and all may live.
  if (me.steady_since is null or me.steady_since < now_ - dead) and pg_postmaster_start_time() < now_ - dead then
    gone := array(select w.id from public.worker w where w.beaten_at < now_ - dead for update skip locked);
    if cardinality(gone) > 0 then
      perform public.release_leases(jsonb_build_object('lease_owners', to_jsonb(gone)));
    end if;
  end if;
  return jsonb_build_object(
    'workers', (select count(*) from public.worker w where w.beaten_at >= now_ - dead),
    'released', cardinality(gone),
    'stops', (
      select coalesce(jsonb_object_agg(s.id, s.stop_reason), '{}')
      from public.portion p join public.session s on s.id = p.session_id
      where p.lease_owner = me.id and s.stop_reason is not null),
    'held', (
      select coalesce(jsonb_agg(held.id), '[]')
      from (
        select p.id from public.portion p where p.lease_owner = me.id
        union all
        select d.id from public.document d where d.status = 'processing' and d.lease_owner = me.id
        union all
        select t.id from public.generated_test t
        where t.status in ('pending', 'generating') and t.lease_owner = me.id
        union all
        select c.id from public.computation c where c.finished_at is null and c.lease_owner = me.id
      ) held)
  );
end $$;

-- {id, version, lease_owner, lease_seconds, most_claims} -> {question}, or null if another process holds it, nobody wants it
-- any more, or the turn is another owner's: owners take turns by the number of their computations at work. One that
-- ended its worker `most_claims` times fails.
create or replace function public.claim_computation(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  c public.computation;
begin
  perform pg_advisory_xact_lock(7363646211);
  update public.computation f set failed = true, finished_at = clock_timestamp(), question = null
  where f.id = (args ->> 'id')::uuid and f.finished_at is null and f.n_claims >= (args ->> 'most_claims')::int
    and (f.lease_owner is null or f.lease_expires_at < clock_timestamp());
  update public.computation o set
    lease_owner = args ->> 'lease_owner', claimed_at = clock_timestamp(), n_claims = o.n_claims + 1,
    lease_expires_at = clock_timestamp() + make_interval(secs => (args ->> 'lease_seconds')::double precision)
  where o.id = (args ->> 'id')::uuid and o.version = args ->> 'version' and o.finished_at is null
    and o.wanted_until >= clock_timestamp() and (o.lease_owner is null or o.lease_expires_at < clock_timestamp())
    and not exists (
      select from public.computation w
      where w.version = o.version and w.finished_at is null and w.wanted_until >= clock_timestamp()
        and (w.lease_owner is null or w.lease_expires_at < clock_timestamp())
        and public.computations_held(w.owner_id) < public.computations_held(o.owner_id))
  returning * into c;
  return case when c.id is not null then jsonb_build_object('question', c.question) end;
end $$;

-- How many computations of an owner workers are at.
create or replace function public.computations_held(owner text) returns bigint
language sql stable set search_path = '' as $$
  select count(*) from public.computation c
  where c.owner_id = owner and c.finished_at is null and c.lease_expires_at >= clock_timestamp();
$$;

-- {id, lease_owner, answer, failed} -> {}. Of finished ones the last 32 are kept.
create or replace function public.finish_computation(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  update public.computation set
    answer = args ->> 'answer', failed = (args ->> 'failed')::boolean, finished_at = clock_timestamp(), question = null
  where id = (args ->> 'id')::uuid and lease_owner = args ->> 'lease_owner' and finished_at is null;
  delete from public.computation c
  where c.id in (
    select o.id from public.computation o where o.finished_at is not null order by o.finished_at desc offset 32);
  return '{}';
end $$;

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

-- {kind: document | generated_test | computation, id, lease_owner} -> {}: the next process may take it at once.
create or replace function public.release_job(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  if args ->> 'kind' = 'document' then
    update public.document set lease_owner = null, lease_expires_at = null
    where id = (args ->> 'id')::uuid and lease_owner = args ->> 'lease_owner';
  elsif args ->> 'kind' = 'computation' then
    -- Its worker lives: it was left in order, and counts as never begun.
    update public.computation set lease_owner = null, lease_expires_at = null, n_claims = n_claims - 1
    where id = (args ->> 'id')::uuid and lease_owner = args ->> 'lease_owner' and finished_at is null;
  else
    update public.generated_test set lease_owner = null, lease_expires_at = null
    where id = (args ->> 'id')::uuid and lease_owner = args ->> 'lease_owner';
  end if;
  return '{}';
end $$;

-- {lease_owners: [...]} -> {}: those processes ended; others may take their work at once.
create or replace function public.release_leases(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  gone text[] := array(select jsonb_array_elements_text(args -> 'lease_owners'));
begin
  update public.session set lease_owner = null, lease_expires_at = null
  where status = 'grading' and lease_owner = any(gone);
  update public.portion set lease_owner = null, lease_expires_at = null where lease_owner = any(gone);
  update public.document set lease_owner = null, lease_expires_at = null
  where status = 'processing' and lease_owner = any(gone);
  update public.generated_test set lease_owner = null, lease_expires_at = null
  where status in ('pending', 'generating') and lease_owner = any(gone);
  update public.computation set lease_owner = null, lease_expires_at = null
  where finished_at is null and lease_owner = any(gone);
  delete from public.worker where id = any(gone);
  return '{}';
end $$;

-- {kind: document | generated_test | computation, id, lease_owner, lease_seconds} -> {held}. false if another process holds it, it is deleted or over,
-- or nobody wants it any more.
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

-- {key} -> {}: one server wants it no longer. Another that does asks again within a second.
create or replace function public.withdraw_computation(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  update public.computation set wanted_until = least(wanted_until, clock_timestamp() + interval '2 seconds')
  where key = args ->> 'key' and finished_at is null;
  return '{}';
end $$;

-- {} -> {workers: [{id, host, pid, started_at, silent_seconds, work: [{kind, id, session_id, since, attempts}]}], waiting: {portions,
--  attempts, documents, tests, analyses, since}}: who works on what, and how much waits.
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
      from public.portion p where p.lease_owner is null)
  );
$$;

alter table public.computation enable row level security;

revoke all on table public.computation from public, anon, authenticated, service_role;
grant delete, insert, select, update on table public.computation to service_role;

revoke all on function public.ask_computation(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.ask_computation(jsonb) to service_role;

revoke all on function public.claim_computation(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.claim_computation(jsonb) to service_role;

revoke all on function public.computations_held(text) from public, anon, authenticated, service_role;
grant execute on function public.computations_held(text) to service_role;

revoke all on function public.finish_computation(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.finish_computation(jsonb) to service_role;

revoke all on function public.withdraw_computation(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.withdraw_computation(jsonb) to service_role;

comment on function public.ping(jsonb) is 'migration 20261128185603';
