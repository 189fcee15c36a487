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
