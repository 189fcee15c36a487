-- Made by `make migration` from the difference between supabase/schemas and the migrations before this one.
set check_function_bodies = off;

alter table public.computation add column correlation_id text;

alter table public.document add column correlation_id text;

alter table public.generated_test add column correlation_id text;

alter table public.session add column correlation_id text;

-- {document_id, part, content: base64, queued, correlation_id} -> {}. If it is queued, the last part comes with a job of procrastinate.
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
    -- A worker that hears nothing finds it by looking.
    update public.document set
      lease_owner = null, lease_expires_at = null, correlation_id = args ->> 'correlation_id'
    where id = (args ->> 'document_id')::uuid and lease_owner = 'upload';
    perform public.wake_workers('read_document', jsonb_build_object(
      'id', args ->> 'document_id', 'correlation_id', args ->> 'correlation_id'), 1);
  end if;
  return '{}';
end $$;

-- {key, version, owner_id, question, wanted_seconds, fresh, correlation_id} -> {state: unknown | waiting | running | done | failed, answer}. Asks
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
    insert into public.computation (key, version, owner_id, question, wanted_until, correlation_id)
    values (
      args ->> 'key', args ->> 'version', coalesce(args ->> 'owner_id', ''), args ->> 'question', until,
      args ->> 'correlation_id')
    on conflict (key) do update set wanted_until = until
    returning * into c;
    perform public.wake_workers('analyse', jsonb_build_object(
      'id', c.id, 'correlation_id', c.correlation_id), 1);
  end if;
  return jsonb_build_object(
    'state', case
      when c.id is null then 'unknown' when c.failed then 'failed' when c.finished_at is not null then 'done'
      when c.lease_expires_at >= clock_timestamp() then 'running' else 'waiting' end,
    'answer', c.answer);
end $$;

-- {id, version, lease_owner, lease_seconds, most_claims} -> {question, correlation_id}, or null if another process holds it, nobody wants it
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
  return case when c.id is not null then jsonb_build_object(
    'question', c.question, 'correlation_id', c.correlation_id) end;
end $$;

-- {document_id, lease_owner, lease_seconds} -> {document_id, name, content_type, n_parts, n_stored, owner_id, correlation_id,
-- ocr_pages: [page, ...]}, or null if it is no longer processing or another process holds it. An upload can be claimed
-- once all its parts are stored.
create or replace function public.claim_document(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  d public.document;
  n_stored int;
begin
  select count(*) into n_stored from public.document_part p where p.document_id = (args ->> 'document_id')::uuid;
  update public.document set
    lease_owner = args ->> 'lease_owner',
    lease_expires_at = clock_timestamp() + make_interval(secs => (args ->> 'lease_seconds')::double precision)
  where id = (args ->> 'document_id')::uuid and status = 'processing'
    and (lease_owner is null or lease_owner = args ->> 'lease_owner' or lease_expires_at < clock_timestamp()
      or (lease_owner = 'upload' and n_stored = n_parts))
  returning * into d;
  if d.id is null then
    return null;
  end if;
  return jsonb_build_object(
    'document_id', d.id, 'name', d.name, 'content_type', d.content_type, 'n_parts', d.n_parts, 'n_stored', n_stored,
    'owner_id', d.owner_id, 'correlation_id', d.correlation_id,
    'ocr_pages', (
      select coalesce(jsonb_agg(p.page order by p.page), '[]')
      from public.document_page p where p.document_id = d.id and p.source = 'ocr')
  );
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
    'session_id', s.id, 'run', s.run, 'plan', s.plan, 'stop_reason', s.stop_reason,
    'correlation_id', s.correlation_id, 'marked_by', s.marked_by,
    'questions', public.questions_of(s.id), 'images', public.images_of(s.id),
    'calls', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'model_name', g.model_name, 'try_index', g.try_index, 'stage', g.stage, 'status', g.status,
        'input_hash', g.request ->> 'input_hash', 'criteria', g.criteria,
        'first_answer', g.first_answer, 'slices', g.slices) order by g.try_index, g.model_name), '[]')
      from public.grading_call g
      where g.session_id = s.id and g.run = s.run and g.planned
        and (g.stage = 'rubric' or g.status in ('pending', 'running', 'waiting'))
    )
  );
end $$;

-- {test_id, lease_owner, lease_seconds} -> all that a run needs, or null if the test is over or another process holds it.
create or replace function public.claim_test(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  t public.generated_test;
begin
  update public.generated_test set
    status = 'generating', lease_owner = args ->> 'lease_owner',
    lease_expires_at = clock_timestamp() + make_interval(secs => (args ->> 'lease_seconds')::double precision)
  where id = (args ->> 'test_id')::uuid and status in ('pending', 'generating')
    and (lease_owner is null or lease_owner = args ->> 'lease_owner' or lease_expires_at < clock_timestamp())
  returning * into t;
  if t.id is null then
    return null;
  end if;
  return jsonb_build_object(
    'test_id', t.id, 'document_id', t.document_id, 'target_questions', t.target_questions, 'difficulty', t.difficulty,
    'models', t.models, 'seed', t.seed, 'correlation_id', t.correlation_id, 'cost_usd', trim_scale(t.cost_usd),
    'questions', (
      select coalesce(jsonb_agg(public.test_question_json(q) order by q.slot), '[]')
      from public.test_question q where q.test_id = t.id),
    'attempts', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'slot', a.slot, 'round', a.round, 'role', a.role, 'model', a.model, 'with_quote', a.with_quote,
        'content', a.raw -> 'content', 'verdict', a.verdict) order by a.created_at), '[]')
      from public.test_attempt a where a.test_id = t.id)
  );
end $$;

-- {test_id, document_id, owner_id, name, target_questions, difficulty, models, prompt_version, seed,
--  daily_attempts, daily_usd, queued, correlation_id} -> the test, pending; if it is queued, with a job of procrastinate. SM429 beyond one of the owner's limits of the day (charge_day).
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
    (id, document_id, owner_id, name, target_questions, difficulty, models, prompt_version, seed, correlation_id)
  values (
    (args ->> 'test_id')::uuid, d.id, d.owner_id, args ->> 'name', (args ->> 'target_questions')::int,
    args ->> 'difficulty', args -> 'models', args ->> 'prompt_version', (args ->> 'seed')::bigint,
    args ->> 'correlation_id'
  )
  -- The same id again is the same request sent twice.
  on conflict (id) do nothing;
  if (args ->> 'queued')::boolean then
    perform public.wake_workers('make_test', jsonb_build_object(
      'id', args ->> 'test_id', 'correlation_id', args ->> 'correlation_id'), 1);
  end if;
  select * into t from public.generated_test o where o.id = (args ->> 'test_id')::uuid;
  return public.test_json(t);
exception when unique_violation then
  raise exception 'A test is being made from this document already.'
    using errcode = 'SM409', detail = 'GENERATION_IN_PROGRESS';
end $$;

-- All that a run of this portion needs, as claim_session gives it of a whole session.
create or replace function public.portion_json(p public.portion) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'portion_id', p.id, 'n_attempts', p.n_attempts,
    'session_id', s.id, 'run', s.run, 'plan', s.plan, 'stop_reason', s.stop_reason,
    'correlation_id', s.correlation_id, 'marked_by', s.marked_by,
    'questions', public.questions_of(s.id), 'images', public.images_of(s.id),
    'calls', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'model_name', g.model_name, 'try_index', g.try_index, 'stage', g.stage, 'status', g.status,
        'input_hash', g.request ->> 'input_hash', 'criteria', g.criteria,
        'first_answer', g.first_answer, 'slices', g.slices) order by g.try_index, g.model_name), '[]')
      from jsonb_array_elements(p.attempts) a
      join public.grading_call g on g.session_id = s.id and g.run = p.run
        and g.model_name = a ->> 0 and g.try_index = (a ->> 1)::int
      where g.planned and (g.stage = 'rubric' or g.status in ('pending', 'running', 'waiting'))
    )
  )
  from public.session s where s.id = p.session_id;
$$;

-- {session_id, owner_id, plan, default_tries, force, inputs_version, daily_attempts, daily_usd,
--  portion_size, correlation_id, calls: [{model_name, try_index, stage, request}]} -> {outcome: started | joined | stale, run}
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
    correlation_id = args ->> 'correlation_id', budget_id = (args -> 'plan' ->> 'budget_id')::uuid,
    started_at = clock_timestamp(), finished_at = null, updated_at = clock_timestamp()
  where id = s.id;
  if args ? 'portion_size' then
    perform public.wake_workers('grade', jsonb_build_object(
      'session_id', s.id, 'run', this_run, 'correlation_id', args ->> 'correlation_id'),
      public.make_portions(s.id, (args ->> 'portion_size')::int));
  else
    delete from public.portion p where p.session_id = s.id;
  end if;
  return jsonb_build_object('outcome', 'started', 'run', this_run);
end $$;

-- {waiting, oldest_seconds} of the jobs of procrastinate that no worker has taken; null where its tables are not installed.
create or replace function public.waiting_jobs() returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  if to_regnamespace('secondmark_queue') is null then
    return null;
  end if;
  return (
    select jsonb_build_object(
      'waiting', count(distinct j.id),
      'oldest_seconds', round(coalesce(extract(epoch from clock_timestamp() - min(e.at)), 0), 1))
    from secondmark_queue.procrastinate_jobs j
    left join secondmark_queue.procrastinate_events e on e.job_id = j.id and e.type = 'deferred'
    where j.status = 'todo' and j.queue_name = 'secondmark');
end $$;

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

revoke all on function public.waiting_jobs() from public, anon, authenticated, service_role;
grant execute on function public.waiting_jobs() to service_role;

comment on function public.ping(jsonb) is 'migration 20261128194914';
