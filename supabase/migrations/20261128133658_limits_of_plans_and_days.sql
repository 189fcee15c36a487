-- Made by `make migration` from the difference between supabase/schemas and the migrations before this one.
set check_function_bodies = off;

-- What an owner's limits of a day (UTC) count: attempts as they are started, and the cost of what was deleted on that day.
create table public.owner_day (
  owner_id text not null,
  day date not null,
  attempts bigint not null default 0,
  deleted_usd numeric not null default 0,
  primary key (owner_id, day)
);

-- Counts attempts that an owner starts today (UTC) and checks the owner's limits of the day. {owner_id, daily_attempts, daily_usd};
-- no owner_id: the operator, who has no limits; null: no limit. SM429 beyond one, with {limit, used} of it.
create or replace function public.charge_day(args jsonb, new_attempts bigint) returns void
language plpgsql set search_path = '' as $$
declare
  today date := (clock_timestamp() at time zone 'UTC')::date;
  used bigint;
  spent numeric;
begin
  if args ->> 'owner_id' is null or new_attempts = 0 then
    return;
  end if;
  insert into public.owner_day as o (owner_id, day, attempts) values (args ->> 'owner_id', today, new_attempts)
  on conflict (owner_id, day) do update set attempts = o.attempts + excluded.attempts
  returning o.attempts into used;
  if used > (args ->> 'daily_attempts')::bigint then
    raise exception 'This start has % attempts. You have started % of the % that you may start on one day (UTC).',
      new_attempts, used - new_attempts, (args ->> 'daily_attempts')::bigint
      using errcode = 'SM429', detail = 'RATE_LIMITED',
      hint = jsonb_build_object('limit', (args ->> 'daily_attempts')::bigint, 'used', used - new_attempts);
  end if;
  if args ->> 'daily_usd' is null then
    return;
  end if;
  spent := public.spent_on(args ->> 'owner_id', today);
  if spent >= (args ->> 'daily_usd')::numeric then
    raise exception 'You have spent % of the % US dollars that you may spend on one day (UTC).',
      round(spent, 4), args ->> 'daily_usd'
      using errcode = 'SM429', detail = 'RATE_LIMITED',
      hint = jsonb_build_object('limit', (args ->> 'daily_usd')::numeric, 'used', round(spent, 4));
  end if;
end $$;

-- {test_id, document_id, owner_id, name, target_questions, difficulty, models, prompt_version, seed,
--  daily_attempts, daily_usd} -> the test, pending. SM429 beyond one of the owner's limits of the day (charge_day).
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
  select * into t from public.generated_test o where o.id = (args ->> 'test_id')::uuid;
  return public.test_json(t);
exception when unique_violation then
  raise exception 'A test is being made from this document already.'
    using errcode = 'SM409', detail = 'GENERATION_IN_PROGRESS';
end $$;

-- {document_id, owner_id} -> {deleted}: whether it was there. SM409 while a test is made from it; tests that are made stay.
create or replace function public.delete_document(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  perform from public.document d where d.id = (args ->> 'document_id')::uuid for update;
  if exists (
    select from public.generated_test t
    where t.document_id = (args ->> 'document_id')::uuid and t.status in ('pending', 'generating')
      and (args ->> 'owner_id' is null or t.owner_id = args ->> 'owner_id')
  ) then
    raise exception 'A test is being made from this document; wait until it is done or cancel it.'
      using errcode = 'SM409', detail = 'CONFLICT';
  end if;
  perform public.keep_spent(d.owner_id, d.cost_usd) from public.document d
  where d.id = (args ->> 'document_id')::uuid and d.created_at >= date_trunc('day', clock_timestamp(), 'UTC')
    and (args ->> 'owner_id' is null or d.owner_id = args ->> 'owner_id');
  delete from public.document d
  where d.id = (args ->> 'document_id')::uuid
    and (args ->> 'owner_id' is null or d.owner_id = args ->> 'owner_id');
  return jsonb_build_object('deleted', found);
end $$;

-- {session_id, owner_id} -> {deleted, files}: whether it was there, and the files that its session_files named at its end: once
-- the rows are gone nobody knows them.
create or replace function public.delete_session(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  files jsonb;
begin
  perform from public.session s where s.id = (args ->> 'session_id')::uuid for update;
  files := public.session_files(args);
  perform public.keep_spent(s.owner_id, (
    select sum(g.cost_usd) from public.grading_call g
    where g.session_id = s.id and g.finished_at >= date_trunc('day', clock_timestamp(), 'UTC')))
  from public.session s
  where s.id = (args ->> 'session_id')::uuid
    and (args ->> 'owner_id' is null or s.owner_id = args ->> 'owner_id');
  delete from public.session s
  where s.id = (args ->> 'session_id')::uuid
    and (args ->> 'owner_id' is null or s.owner_id = args ->> 'owner_id');
  return jsonb_build_object('deleted', found, 'files', files);
end $$;

-- {test_id, owner_id} -> {deleted}: whether it was there. Sessions that were made from it stay.
create or replace function public.delete_test(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  perform public.keep_spent(t.owner_id, t.cost_usd) from public.generated_test t
  where t.id = (args ->> 'test_id')::uuid and t.created_at >= date_trunc('day', clock_timestamp(), 'UTC')
    and (args ->> 'owner_id' is null or t.owner_id = args ->> 'owner_id');
  delete from public.generated_test t
  where t.id = (args ->> 'test_id')::uuid
    and (args ->> 'owner_id' is null or t.owner_id = args ->> 'owner_id');
  return jsonb_build_object('deleted', found);
end $$;

-- Adds what is about to be deleted to its owner's spending of the day: a deletion gives no money back.
create or replace function public.keep_spent(owner text, usd numeric) returns void
language sql set search_path = '' as $$
  insert into public.owner_day as o (owner_id, day, deleted_usd)
  select owner, (clock_timestamp() at time zone 'UTC')::date, usd where owner is not null and usd > 0
  on conflict (owner_id, day) do update set deleted_usd = o.deleted_usd + excluded.deleted_usd;
$$;

-- US dollars that an owner's calls cost on a day (UTC), as far as they are stored: of sessions by the end of each call, of
-- documents and tests by when they were made. What was deleted meanwhile is kept with the day.
create or replace function public.spent_on(owner text, on_day date) returns numeric
language sql stable set search_path = '' as $$
  with day as (select on_day::timestamp at time zone 'UTC' as begins)
  select coalesce((select o.deleted_usd from public.owner_day o where o.owner_id = owner and o.day = on_day), 0)
    + coalesce((
      select sum(c.cost) from public.session s
      cross join day
      cross join lateral (
        select sum(g.cost_usd) as cost from public.grading_call g
        where g.session_id = s.id and (g.finished_at is null or g.finished_at >= day.begins)
      ) c
      where s.owner_id = owner and (s.status = 'grading' or s.updated_at >= day.begins)), 0)
    + coalesce((
      select sum(d.cost_usd) from public.document d, day
      where d.owner_id = owner and d.created_at >= day.begins), 0)
    + coalesce((
      select sum(t.cost_usd) from public.generated_test t, day
      where t.owner_id = owner and t.created_at >= day.begins), 0);
$$;

-- {session_id, owner_id, plan, default_tries, force, inputs_version, daily_attempts, daily_usd,
--  calls: [{model_name, try_index, stage, request}]} -> {outcome: started | joined | stale, run}
-- Every call of the plan is written, and the session set to grading, in this one transaction. A call whose stored success
-- is complete and was made from the same inputs (request.input_hash) is kept; `force` opens a new run that keeps none; the marks of
-- the run before go to earlier_result.
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
  return jsonb_build_object('outcome', 'started', 'run', this_run);
end $$;

alter table public.owner_day enable row level security;

revoke all on table public.owner_day from public, anon, authenticated, service_role;
grant delete, insert, select, update on table public.owner_day to service_role;

revoke all on function public.charge_day(jsonb,bigint) from public, anon, authenticated, service_role;
grant execute on function public.charge_day(jsonb,bigint) to service_role;

revoke all on function public.keep_spent(text,numeric) from public, anon, authenticated, service_role;
grant execute on function public.keep_spent(text,numeric) to service_role;

revoke all on function public.spent_on(text,date) from public, anon, authenticated, service_role;
grant execute on function public.spent_on(text,date) to service_role;

comment on function public.ping(jsonb) is 'migration 20261128133658';
