-- Made by `make migration` from the difference between supabase/schemas and the migrations before this one.
set check_function_bodies = off;

-- The processes that take work from the queue. `id` is the `lease_owner` of all that one holds.
create table public.worker (
  id text primary key,
  host text not null,
  pid int not null,
  started_at timestamptz not null default clock_timestamp(),
  beaten_at timestamptz not null default clock_timestamp(),
  -- Since when it was never cut off from the database for long. Before that it judges no other worker.
  steady_since timestamptz
);

-- At most some attempts of one session, the piece of work that a worker takes: a row exists until they have ended.
-- Without rows a session is worked on as a whole, by the holder of its own lease.
create table public.portion (
  id uuid primary key default gen_random_uuid(),
  session_id uuid not null references public.session on delete cascade,
  run int not null,
  number int not null,
  -- [[model_name, try_index], ...]
  attempts jsonb not null,
  n_attempts int not null,
  -- Copies of the session's, in the order in which portions are handed out: '' is the operator.
  owner_id text not null,
  seed boolean not null,
  started_at timestamptz not null,
  lease_owner text,
  lease_expires_at timestamptz,
  claimed_at timestamptz,
  unique (session_id, number)
);

create INDEX portion_held ON public.portion USING btree (lease_owner) WHERE (lease_owner IS NOT NULL);

create INDEX portion_held_of_owner ON public.portion USING btree (owner_id) WHERE (lease_owner IS NOT NULL);

create INDEX portion_waiting ON public.portion USING btree (owner_id, seed DESC, started_at, number) WHERE (lease_owner IS NULL);

-- {document_id, part, content: base64, queued} -> {}. If it is queued, the last part comes with a job of procrastinate.
create or replace function public.add_document_part(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  insert into public.document_part (document_id, part, content)
  values ((args ->> 'document_id')::uuid, (args ->> 'part')::int, decode(args ->> 'content', 'base64'))
  on conflict (document_id, part) do nothing;
  update public.document set lease_expires_at = clock_timestamp() + interval '1 minute'
  where id = (args ->> 'document_id')::uuid and lease_owner = 'upload';
  if (args ->> 'queued')::boolean and exists (
    select from public.document d
    where d.id = (args ->> 'document_id')::uuid and d.status = 'processing'
      and d.n_parts = (select count(*) from public.document_part p where p.document_id = d.id)
  ) then
    perform public.wake_workers('read_document', jsonb_build_object('id', args ->> 'document_id'), 1);
  end if;
  return '{}';
end $$;

-- {worker, host, pid, dead_seconds} -> {workers, stops: {session_id: reason}, held: [id, ...], released}. Says that the worker
-- lives, gives the work of dead ones free, and returns how many live, which of its sessions were stopped, and all that
-- it holds: portions, documents and tests.
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
      ) held)
  );
end $$;

-- {session_id, owner_id, reason} -> {}. Leaves the reason for the process that runs the session, or
-- ends the run at once if no process works on it or on a portion of it. SM409 if nothing runs.
create or replace function public.cancel_session(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  s public.session := public.owned_session(args);
begin
  if s.status <> 'grading' then
    raise exception 'Nothing is running in this session.' using errcode = 'SM409', detail = 'CONFLICT';
  end if;
  update public.session set stop_reason = coalesce(stop_reason, args ->> 'reason') where id = s.id;
  if (s.lease_expires_at is null or s.lease_expires_at < clock_timestamp()) and not exists (
    select from public.portion p where p.session_id = s.id and p.lease_expires_at >= clock_timestamp()
  ) then
    update public.session set lease_owner = 'cancel', lease_expires_at = clock_timestamp() where id = s.id;
    perform public.finish_session(jsonb_build_object(
      'session_id', s.id, 'lease_owner', 'cancel', 'status', 'failed', 'failure_reason', args ->> 'reason'));
  end if;
  return '{}';
end $$;

-- {lease_owner, lease_seconds, attempts, portion_size, mend} -> [what a run needs, ...]: portions with so many attempts
-- together; the last one may exceed it. Workers claim one after the other, so that the turns of owners are exact. With
-- `mend`, sessions without portions that nobody works on get some: a process without a queue left them, or one that died.
create or replace function public.claim_portions(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  me text := args ->> 'lease_owner';
  left_over int := (args ->> 'attempts')::int;
  claims jsonb := '[]';
  next_one uuid;
  p public.portion;
begin
  perform pg_advisory_xact_lock(7363646210);
  update public.portion h set lease_owner = null, lease_expires_at = null
  where h.lease_owner is not null and h.lease_expires_at < clock_timestamp();
  if (args ->> 'mend')::boolean then
    perform public.make_portions(s.id, (args ->> 'portion_size')::int)
    from public.session s
    where s.status = 'grading' and (s.lease_owner is null or s.lease_expires_at < clock_timestamp())
      and not exists (select from public.portion o where o.session_id = s.id);
  end if;
  while left_over > 0 loop
    next_one := public.claimable_portion(me);
    exit when next_one is null;
    update public.portion c set
      lease_owner = me, claimed_at = clock_timestamp(),
      lease_expires_at = clock_timestamp() + make_interval(secs => (args ->> 'lease_seconds')::double precision)
    where c.id = next_one returning * into p;
    -- Another process may have ended the run meanwhile.
    continue when p.id is null;
    claims := claims || public.portion_json(p);
    left_over := left_over - greatest(p.n_attempts, 1);
  end loop;
  return claims;
end $$;

-- {session_id, lease_owner, lease_seconds} -> everything that a run needs. Null if the session is not in grading, or
-- if another process holds a valid lease on it or on a session that shares its limit on costs: one process counts all
-- costs under a limit. Portions that wait are part of the whole session again.
create or replace function public.claim_session(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  s public.session;
begin
  -- Two processes that claim two sessions under one limit take turns.
  perform pg_advisory_xact_lock(hashtextextended(b.budget_id::text, 0))
  from public.session b where b.id = (args ->> 'session_id')::uuid and b.budget_id <> b.id;
  update public.session c set
    lease_owner = args ->> 'lease_owner',
    lease_expires_at = clock_timestamp() + make_interval(secs => (args ->> 'lease_seconds')::double precision)
  where c.id = (args ->> 'session_id')::uuid and c.status = 'grading'
    and (c.lease_owner is null or c.lease_owner = args ->> 'lease_owner' or c.lease_expires_at < clock_timestamp())
    and not exists (
      select from public.session o
      where o.budget_id = c.budget_id and o.id <> c.id and o.status = 'grading'
        and o.lease_owner <> args ->> 'lease_owner' and o.lease_expires_at >= clock_timestamp())
    and not exists (
      select from public.portion p where p.session_id = c.id and p.lease_expires_at >= clock_timestamp())
  returning * into s;
  if s.id is null then
    return null;
  end if;
  delete from public.portion p where p.session_id = s.id;
  return jsonb_build_object(
    'session_id', s.id, 'run', s.run, 'plan', s.plan, 'stop_reason', s.stop_reason, 'marked_by', s.marked_by,
    'questions', public.questions_of(s.id), 'images', public.images_of(s.id),
    'calls', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'model_name', g.model_name, 'try_index', g.try_index, 'stage', g.stage, 'status', g.status,
        'input_hash', g.request ->> 'input_hash', 'criteria', g.criteria,
        'first_answer', g.first_answer) order by g.try_index, g.model_name), '[]')
      from public.grading_call g
      where g.session_id = s.id and g.run = s.run and g.planned
        and (g.stage = 'rubric' or g.status in ('pending', 'running', 'waiting'))
    )
  );
end $$;

-- The waiting portion that is next for a worker; null if there is none. Owners take turns by the number of their
-- attempts that workers hold, then the sessions of an owner by theirs; seeds come first, because others wait for them.
-- All sessions under one limit on costs are worked on by one worker, which counts their costs.
create or replace function public.claimable_portion(worker_id text) returns uuid
language plpgsql stable set search_path = '' as $$
declare
  owner text;
  found_portion uuid;
begin
  for owner in
    with recursive waiting (owner_id) as (
      (select p.owner_id from public.portion p where p.lease_owner is null order by p.owner_id limit 1)
      union all
      select (
        select p.owner_id from public.portion p
        where p.lease_owner is null and p.owner_id > w.owner_id order by p.owner_id limit 1)
      from waiting w where w.owner_id is not null
    )
    select w.owner_id from waiting w
    where w.owner_id is not null
    order by (
      select coalesce(sum(h.n_attempts), 0) from public.portion h
      where h.lease_owner is not null and h.owner_id = w.owner_id), w.owner_id
  loop
    select p.id into found_portion
    from public.portion p
    join public.session s on s.id = p.session_id
    where p.lease_owner is null and p.owner_id = owner
      and (p.seed and s.stop_reason is null or not exists (
        select from public.portion h where h.session_id = p.session_id and h.lease_owner is not null))
      and public.may_be_shared(s, worker_id)
    order by p.seed desc, p.started_at, p.number limit 1;
    if found_portion is null then
      select p.id into found_portion
      from public.portion p
      join public.session s on s.id = p.session_id
      where p.lease_owner is null and p.owner_id = owner
        and s.stop_reason is null and public.may_be_shared(s, worker_id)
      order by p.seed desc, (
        select sum(h.n_attempts) from public.portion h
        where h.session_id = p.session_id and h.lease_owner is not null), p.started_at, p.number limit 1;
    end if;
    if found_portion is not null then
      return found_portion;
    end if;
  end loop;
  return null;
end $$;

-- {test_id, document_id, owner_id, name, target_questions, difficulty, models, prompt_version, seed,
--  daily_attempts, daily_usd, queued} -> the test, pending; if it is queued, with a job of procrastinate. SM429 beyond one of the owner's limits of the day (charge_day).
-- SM404 without the document, SM400 unless it is ready, SM409 while another test is made from it.
create or replace function public.create_test(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  d public.document := public.owned_document(args);
  t public.generated_test;
begin
  if d.status <> 'ready' then
    raise exception 'The document is not ready.' using errcode = 'SM400', detail = 'DOCUMENT_NOT_READY';
  end if;
  -- A question is an attempt: a call of the writer, and some of the solvers.
  if not exists (select from public.generated_test o where o.id = (args ->> 'test_id')::uuid) then
    perform public.charge_day(args, (args ->> 'target_questions')::int);
  end if;
  insert into public.generated_test
    (id, document_id, owner_id, name, target_questions, difficulty, models, prompt_version, seed)
  values (
    (args ->> 'test_id')::uuid, d.id, d.owner_id, args ->> 'name', (args ->> 'target_questions')::int,
    args ->> 'difficulty', args -> 'models', args ->> 'prompt_version', (args ->> 'seed')::bigint
  )
  -- The same id again is the same request sent twice.
  on conflict (id) do nothing;
  if (args ->> 'queued')::boolean then
    perform public.wake_workers('make_test', jsonb_build_object('id', args ->> 'test_id'), 1);
  end if;
  select * into t from public.generated_test o where o.id = (args ->> 'test_id')::uuid;
  return public.test_json(t);
exception when unique_violation then
  raise exception 'A test is being made from this document already.'
    using errcode = 'SM409', detail = 'GENERATION_IN_PROGRESS';
end $$;

-- {portion_id, lease_owner, lease_seconds, stop_reason} -> {last, stop_reason}. The attempts of the portion have ended,
-- or the whole run is stopped. With `last` no attempt is left to anybody: the caller holds the session's lease and
-- stores how the run ended.
create or replace function public.finish_portion(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  p public.portion;
  s public.session;
  lost int;
begin
  select * into s from public.session o
  where o.id = (select h.session_id from public.portion h where h.id = (args ->> 'portion_id')::uuid)
  for no key update;
  delete from public.portion where id = (args ->> 'portion_id')::uuid and lease_owner = args ->> 'lease_owner'
  returning * into p;
  if p.id is null or s.status <> 'grading' or s.run <> p.run then
    return jsonb_build_object('last', false, 'stop_reason', null);
  end if;
  s.stop_reason := coalesce(s.stop_reason, args ->> 'stop_reason');
  if s.stop_reason is null then
    -- A task of the worker broke. To ask again would cost again, and perhaps break again.
    select count(*) into lost
    from jsonb_array_elements(p.attempts) a
    join public.grading_call g on g.session_id = p.session_id and g.run = p.run and g.planned
      and g.stage = 'assessment' and g.model_name = a ->> 0 and g.try_index = (a ->> 1)::int
    where g.status in ('pending', 'running', 'waiting');
    if lost > 0 then
      s.stop_reason := format('%s calls ended without a stored outcome.', lost);
    end if;
  end if;
  update public.session set stop_reason = s.stop_reason
  where id = s.id and stop_reason is distinct from s.stop_reason;
  if exists (
    select from public.portion o
    where o.session_id = s.id and (o.lease_owner is not null or s.stop_reason is null)
  ) then
    return jsonb_build_object('last', false, 'stop_reason', s.stop_reason);
  end if;
  delete from public.portion o where o.session_id = s.id;
  update public.session set
    lease_owner = args ->> 'lease_owner',
    lease_expires_at = clock_timestamp() + make_interval(secs => (args ->> 'lease_seconds')::double precision)
  where id = s.id;
  return jsonb_build_object('last', true, 'stop_reason', s.stop_reason);
end $$;

-- {session_id, lease_owner, status: graded | failed, failure_reason} -> {finished}. Unfinished calls keep a session
-- in grading, unless the run failed. Then they become cancelled; a call whose first answer brought marks becomes an
-- incomplete success. Only the lease's holder finishes a session.
create or replace function public.finish_session(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  s public.session;
begin
  select * into s from public.session
  where id = (args ->> 'session_id')::uuid and lease_owner = args ->> 'lease_owner' and status = 'grading'
  for no key update;
  if s.id is null then
    return jsonb_build_object('finished', false);
  end if;
  if args ->> 'status' = 'graded' and exists (
    select from public.grading_call g
    where g.session_id = s.id and g.run = s.run and g.planned and g.status in ('pending', 'running', 'waiting')
  ) then
    return jsonb_build_object('finished', false);
  end if;
  update public.grading_call g set finished_at = clock_timestamp(),
    status = case when g.stage = 'assessment' and exists (
      select from public.result r
      where r.session_id = s.id and r.model_name = g.model_name and r.try_index = g.try_index
        and r.marks_awarded is not null
    ) then 'succeeded' else 'cancelled' end,
    error = jsonb_build_object('reason', 'cancelled', 'message', args ->> 'failure_reason')
  where g.session_id = s.id and g.run = s.run and g.planned and g.status in ('pending', 'running', 'waiting');
  -- As of every finished attempt: one row per question, and why there is no mark.
  insert into public.result (session_id, question_id, model_name, try_index, validation_errors)
  select s.id, q.question_id, g.model_name, g.try_index, jsonb_build_array(jsonb_build_object(
    'reason', 'call_failed', 'question_id', q.question_id, 'message', args ->> 'failure_reason'))
  from public.grading_call g
  join public.question q on q.session_id = s.id
  where g.session_id = s.id and g.run = s.run and g.planned and g.stage = 'assessment' and g.status = 'cancelled'
  on conflict (session_id, question_id, model_name, try_index) do nothing;
  delete from public.portion p where p.session_id = s.id;
  update public.session set
    status = args ->> 'status', failure_reason = args ->> 'failure_reason', lease_owner = null, lease_expires_at = null,
    finished_at = clock_timestamp(), updated_at = clock_timestamp()
  where id = s.id;
  return jsonb_build_object('finished', true);
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
  ) held
  where held.lease_expires_at >= clock_timestamp() and starts_with(held.lease_owner, args ->> 'kernel');
$$;

-- {worker} -> {}: the worker ends. What it still holds others may take at once.
create or replace function public.leave_work(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  return public.release_leases(jsonb_build_object('lease_owners', jsonb_build_array(args ->> 'worker')));
end $$;

-- Divides the unfinished attempts of a session in grading into portions of at most `most` attempts, and returns how many
-- there are: at least one, whose worker stores how the run ended. Attempts of one model stay together: they share a prompt.
create or replace function public.make_portions(of_session uuid, most int) returns int
language plpgsql set search_path = '' as $$
declare
  made int;
begin
  delete from public.portion p where p.session_id = of_session;
  insert into public.portion (session_id, run, number, attempts, n_attempts, owner_id, seed, started_at)
  select s.id, s.run, coalesce(a.number, 0), coalesce(jsonb_agg(jsonb_build_array(a.model_name, a.try_index)
    order by a.model_name, a.try_index) filter (where a.model_name is not null), '[]'), count(a.model_name),
    coalesce(s.owner_id, ''), s.seed, s.started_at
  from public.session s
  left join lateral (
    select g.model_name, g.try_index, (row_number() over (order by g.model_name, g.try_index) - 1) / most as number
    from public.grading_call g
    where g.session_id = s.id and g.run = s.run and g.planned and g.stage = 'assessment'
      and g.status in ('pending', 'running', 'waiting')
  ) a on true
  where s.id = of_session
  group by s.id, a.number;
  get diagnostics made = row_count;
  return made;
end $$;

-- Whether a worker may take a portion of the session: no process works on the session as a whole, and no other worker
-- on a session under the same limit on costs.
create or replace function public.may_be_shared(s public.session, worker_id text) returns boolean
language sql stable set search_path = '' as $$
  select s.status = 'grading' and (s.lease_owner is null or s.lease_expires_at < clock_timestamp())
    and (s.budget_id is null or not exists (
      select from public.session o
      join public.portion h on h.session_id = o.id
      where o.budget_id = s.budget_id and h.lease_owner <> worker_id));
$$;

-- All that a run of this portion needs, as claim_session gives it of a whole session.
create or replace function public.portion_json(p public.portion) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'portion_id', p.id, 'n_attempts', p.n_attempts,
    'session_id', s.id, 'run', s.run, 'plan', s.plan, 'stop_reason', s.stop_reason, 'marked_by', s.marked_by,
    'questions', public.questions_of(s.id), 'images', public.images_of(s.id),
    'calls', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'model_name', g.model_name, 'try_index', g.try_index, 'stage', g.stage, 'status', g.status,
        'input_hash', g.request ->> 'input_hash', 'criteria', g.criteria,
        'first_answer', g.first_answer) order by g.try_index, g.model_name), '[]')
      from jsonb_array_elements(p.attempts) a
      join public.grading_call g on g.session_id = s.id and g.run = p.run
        and g.model_name = a ->> 0 and g.try_index = (a ->> 1)::int
      where g.planned and (g.stage = 'rubric' or g.status in ('pending', 'running', 'waiting'))
    )
  )
  from public.session s where s.id = p.session_id;
$$;

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
  delete from public.worker where id = any(gone);
  return '{}';
end $$;

-- {portion_id, lease_owner} -> {}: another worker may take it at once.
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

-- {portion_id, lease_owner, lease_seconds, running: [[model_name, try_index, stage], ...], waiting: [...]}
-- -> {held, stop_reason}. As renew_lease, of a portion and its calls.
create or replace function public.renew_portion(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  p public.portion;
  s public.session;
begin
  -- The same lock that record_calls takes first: no deadlock over the calls' rows.
  select * into s from public.session o
  where o.id = (select h.session_id from public.portion h where h.id = (args ->> 'portion_id')::uuid)
  for no key update;
  update public.portion set
    lease_expires_at = clock_timestamp() + make_interval(secs => (args ->> 'lease_seconds')::double precision)
  where id = (args ->> 'portion_id')::uuid and lease_owner = args ->> 'lease_owner'
  returning * into p;
  if p.id is null or s.status <> 'grading' or s.run <> p.run then
    return jsonb_build_object('held', false, 'stop_reason', null);
  end if;
  with named as (
    select c ->> 0 as model_name, (c ->> 1)::int as try_index, c ->> 2 as stage, 'running' as status
    from jsonb_array_elements(args -> 'running') c
    union all
    select c ->> 0, (c ->> 1)::int, c ->> 2, 'waiting' from jsonb_array_elements(args -> 'waiting') c
  ), mine as (
    select g.model_name, g.try_index, g.stage, coalesce(n.status, 'pending') as status
    from jsonb_array_elements(p.attempts) a
    join public.grading_call g on g.session_id = p.session_id and g.run = p.run
      and g.model_name = a ->> 0 and g.try_index = (a ->> 1)::int
    left join named n on (n.model_name, n.try_index, n.stage) = (g.model_name, g.try_index, g.stage)
    where g.planned and g.status in ('pending', 'running', 'waiting') and g.status <> coalesce(n.status, 'pending')
  )
  update public.grading_call g set status = m.status
  from mine m
  where g.session_id = p.session_id and g.run = p.run
    and (g.model_name, g.try_index, g.stage) = (m.model_name, m.try_index, m.stage);
  return jsonb_build_object('held', true, 'stop_reason', s.stop_reason);
end $$;

-- {session_id, owner_id, plan, default_tries, force, inputs_version, daily_attempts, daily_usd,
--  portion_size, calls: [{model_name, try_index, stage, request}]} -> {outcome: started | joined | stale, run}
-- Every call of the plan is written, and the session set to grading, in this one transaction. A call whose stored success
-- is complete and was made from the same inputs (request.input_hash) is kept; `force` opens a new run that keeps none; the marks of
-- the run before go to earlier_result.
-- With portion_size the run is divided into portions for the workers of a queue, with a job of procrastinate for each.
-- SM429 beyond one of the owner's limits of the day (charge_day).
-- joined: the same plan with the same limit on cost is being graded. stale: questions or images changed since they were read; read and plan again.
create or replace function public.start_grading(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  s public.session := public.owned_session(args);
  this_run int := s.run;
begin
  if s.status = 'grading' and s.plan -> 'markers' = args -> 'plan' -> 'markers'
    and s.plan ->> 'max_cost_usd' is not distinct from args -> 'plan' ->> 'max_cost_usd' then
    return jsonb_build_object('outcome', 'joined', 'run', s.run);
  end if;
  perform public.idle_session(args);
  if s.inputs_version <> (args ->> 'inputs_version')::int then
    return jsonb_build_object('outcome', 'stale', 'run', s.run);
  end if;
  if this_run = 0 or coalesce((args ->> 'force')::boolean, false) then
    insert into public.earlier_result
      (session_id, run, question_id, model_name, try_index, marks_awarded, rubric_notes, validation_errors)
    select r.session_id, this_run, r.question_id, r.model_name, r.try_index, r.marks_awarded, r.rubric_notes,
      r.validation_errors
    from public.result r where r.session_id = s.id and this_run > 0
    on conflict do nothing;
    this_run := this_run + 1;
    delete from public.result r where r.session_id = s.id;
  end if;
  perform public.plan_calls(s.id, this_run, args -> 'calls');
  perform public.charge_day(args, (
    select count(*) from public.grading_call g
    where g.session_id = s.id and g.run = this_run and g.planned and g.stage = 'assessment' and g.status = 'pending'));
  update public.session set
    status = 'grading', failure_reason = null, stop_reason = null, plan = args -> 'plan',
    default_tries = (args ->> 'default_tries')::int, run = this_run, lease_owner = null, lease_expires_at = null,
    budget_id = (args -> 'plan' ->> 'budget_id')::uuid,
    started_at = clock_timestamp(), finished_at = null, updated_at = clock_timestamp()
  where id = s.id;
  if args ? 'portion_size' then
    perform public.wake_workers('grade', jsonb_build_object('session_id', s.id, 'run', this_run),
      public.make_portions(s.id, (args ->> 'portion_size')::int));
  else
    delete from public.portion p where p.session_id = s.id;
  end if;
  return jsonb_build_object('outcome', 'started', 'run', this_run);
end $$;

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

-- Inserts `n` jobs of procrastinate, which wake workers that listen; nothing where its tables are not installed.
-- A job carries no right to work: leases do.
create or replace function public.wake_workers(task text, what jsonb, n int) returns void
language plpgsql set search_path = '' as $$
begin
  if to_regnamespace('secondmark_queue') is null then
    return;
  end if;
  perform secondmark_queue.procrastinate_defer_jobs_v1(array(
    select row('secondmark', task, 0, null, null, what, null)::secondmark_queue.procrastinate_job_to_defer_v1
    from generate_series(1, n)));
end $$;

-- {} -> {workers: [{id, host, pid, started_at, silent_seconds, work: [{kind, id, session_id, since, attempts}]}], waiting: {portions,
--  attempts, documents, tests, since}}: who works on what, and how much waits.
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
            and (t.lease_expires_at is null or t.lease_expires_at < clock_timestamp())))
      from public.portion p where p.lease_owner is null)
  );
$$;

alter table public.portion enable row level security;

alter table public.worker enable row level security;

revoke all on table public.portion from public, anon, authenticated, service_role;
grant delete, insert, select, update on table public.portion to service_role;

revoke all on table public.worker from public, anon, authenticated, service_role;
grant delete, insert, select, update on table public.worker to service_role;

revoke all on function public.beat(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.beat(jsonb) to service_role;

revoke all on function public.claim_portions(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.claim_portions(jsonb) to service_role;

revoke all on function public.claimable_portion(text) from public, anon, authenticated, service_role;
grant execute on function public.claimable_portion(text) to service_role;

revoke all on function public.finish_portion(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.finish_portion(jsonb) to service_role;

revoke all on function public.leave_work(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.leave_work(jsonb) to service_role;

revoke all on function public.make_portions(uuid,integer) from public, anon, authenticated, service_role;
grant execute on function public.make_portions(uuid,integer) to service_role;

revoke all on function public.may_be_shared(public.session,text) from public, anon, authenticated, service_role;
grant execute on function public.may_be_shared(public.session,text) to service_role;

revoke all on function public.portion_json(public.portion) from public, anon, authenticated, service_role;
grant execute on function public.portion_json(public.portion) to service_role;

revoke all on function public.release_portion(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.release_portion(jsonb) to service_role;

revoke all on function public.renew_portion(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.renew_portion(jsonb) to service_role;

revoke all on function public.wake_workers(text,jsonb,integer) from public, anon, authenticated, service_role;
grant execute on function public.wake_workers(text,jsonb,integer) to service_role;

revoke all on function public.workers(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.workers(jsonb) to service_role;

comment on function public.ping(jsonb) is 'migration 20261128164907';
