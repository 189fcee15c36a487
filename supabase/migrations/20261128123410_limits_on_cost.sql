-- Made by `make migration` from the difference between supabase/schemas and the migrations before this one.
set check_function_bodies = off;

alter table public.session add column budget_id uuid;

create INDEX session_of_budget ON public.session USING btree (budget_id) WHERE (budget_id IS NOT NULL);

-- {session_id} -> US dollars: what the current runs of all sessions under this session's limit have cost, as far as it is stored.
create or replace function public.budget_spent(args jsonb) returns jsonb
language sql stable set search_path = '' as $$
  select to_jsonb(coalesce(sum(g.cost_usd), 0))
  from public.session s
  join public.session o on o.budget_id = s.budget_id
  join public.grading_call g on g.session_id = o.id and g.run = o.run
  where s.id = (args ->> 'session_id')::uuid;
$$;

-- {session_id, owner_id, force, calls: [{model_name, try_index, stage, request}]} -> [[model_name, try_index, stage], ...]:
-- which of the calls of a plan a start would make now; the others are complete.
create or replace function public.calls_to_make(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  s public.session := public.seen_session(args);
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_array(c.model_name, c.try_index, c.stage)), '[]')
    from jsonb_to_recordset(args -> 'calls') as c (model_name text, try_index int, stage text, request jsonb)
    where coalesce((args ->> 'force')::boolean, false) or not exists (
      select from public.grading_call g
      where g.session_id = s.id and g.run = s.run
        and (g.model_name, g.try_index, g.stage) = (c.model_name, c.try_index, c.stage)
        and public.is_complete(g, c.request))
  );
end $$;

-- {session_id, lease_owner, lease_seconds} -> all that a run needs, or null: not in grading, or another's lease is good,
-- on this session or on one that shares its limit on cost: one process counts what runs under a limit.
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
  returning * into s;
  if s.id is null then
    return null;
  end if;
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

-- {session_id, owner_id, plan, default_tries, force, inputs_version,
--  calls: [{model_name, try_index, stage, request}]} -> {outcome: started | joined | stale, run}
-- Every call of the plan is written, and the session set to grading, in this one transaction. A call whose stored success
-- is complete and was made from the same inputs (request.input_hash) is kept; `force` opens a new run that keeps none; the marks of
-- the run before go to earlier_result.
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
  update public.session set
    status = 'grading', failure_reason = null, stop_reason = null, plan = args -> 'plan',
    default_tries = (args ->> 'default_tries')::int, run = this_run, lease_owner = null, lease_expires_at = null,
    budget_id = (args -> 'plan' ->> 'budget_id')::uuid,
    started_at = clock_timestamp(), finished_at = null, updated_at = clock_timestamp()
  where id = s.id;
  return jsonb_build_object('outcome', 'started', 'run', this_run);
end $$;

revoke all on function public.budget_spent(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.budget_spent(jsonb) to service_role;

revoke all on function public.calls_to_make(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.calls_to_make(jsonb) to service_role;

comment on function public.ping(jsonb) is 'migration 20261128123410';
