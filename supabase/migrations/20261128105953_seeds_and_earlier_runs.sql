-- Made by `make migration` from the difference between supabase/schemas and the migrations before this one.
set check_function_bodies = off;

alter table public.exam add column seed_limit integer;

alter table public.session add column group_name text;

alter table public.session add column seed boolean default false not null;

-- The marks of runs before the current one, as they were when the next run began.
create table public.earlier_result (
  session_id uuid not null references public.session on delete cascade,
  run int not null,
  question_id text not null,
  model_name text not null,
  try_index int not null,
  marks_awarded numeric(10, 2),
  rubric_notes text,
  validation_errors jsonb not null default '[]',
  primary key (session_id, run, question_id, model_name, try_index)
);

alter table public.exam add constraint exam_seed_limit_check CHECK ((seed_limit >= 0));

-- {session_id, name, owner_id, exam_id, group, selected_rubric_template, selected_assessment_template} -> {session_id, status}
-- A session of an exam begins with the exam's questions and belongs to the exam's owner, whoever adds it. SM422 naming the
-- field for a template that is not there (`default` always is), SM404 for an exam.
create or replace function public.create_session(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  missing text;
  owner text := args ->> 'owner_id';
begin
  select 'selected_' || wanted.kind || '_template' into missing
  from (values ('rubric'), ('assessment')) as wanted (kind)
  where coalesce(args ->> ('selected_' || wanted.kind || '_template'), 'default') <> 'default' and not exists (
    select from public.prompt_template t
    where t.kind = wanted.kind and t.name = args ->> ('selected_' || wanted.kind || '_template')
  )
  limit 1;
  if missing is not null then
    raise exception '%: there is no template %.', missing, args ->> missing using
      errcode = 'SM422', detail = 'VALIDATION_ERROR',
      hint = jsonb_build_object('errors', jsonb_build_array(jsonb_build_object(
        'field', missing, 'message', 'There is no such template.')))::text;
  end if;
  if args ->> 'exam_id' is not null then
    owner := (public.owned_exam(args)).owner_id;
  end if;
  insert into public.session as s (id, name, owner_id, exam_id, group_name, selected_rubric_template, selected_assessment_template)
  values (
    (args ->> 'session_id')::uuid, args ->> 'name', owner, (args ->> 'exam_id')::uuid, args ->> 'group',
    coalesce(args ->> 'selected_rubric_template', 'default'),
    coalesce(args ->> 'selected_assessment_template', 'default')
  )
  -- The same id again is the same request sent twice.
  on conflict (id) do nothing;
  insert into public.question (session_id, question_id, number, max_marks, tolerance, text, answer)
  select (args ->> 'session_id')::uuid, e.question_id, e.number, e.max_marks, e.tolerance, e.text, e.answer
  from public.exam_question e where e.exam_id = (args ->> 'exam_id')::uuid
  on conflict (session_id, question_id) do nothing;
  return jsonb_build_object('session_id', args -> 'session_id', 'status', 'created');
end $$;

-- {exam_id, owner_id} -> {exam_id, name, created_at, questions, seed_limit, sessions: [{session_id, name, status, seed,
--  group, run, progress, attempts,
--  n_human_marks, n_images}]}
create or replace function public.exam_detail(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  e public.exam := public.owned_exam(args);
begin
  return jsonb_build_object(
    'exam_id', e.id, 'name', e.name, 'created_at', e.created_at, 'seed_limit', e.seed_limit,
    'questions', public.exam_questions_of(e.id),
    'sessions', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'session_id', s.id, 'name', s.name, 'status', s.status, 'failure_reason', s.failure_reason,
        'seed', s.seed, 'group', s.group_name, 'run', s.run,
        'progress', case when n.total > 0 then round(n.finished::numeric / n.total, 4) else 0 end,
        'attempts', jsonb_build_object('total', n.total, 'finished', n.finished, 'failed', n.failed),
        'cost_usd', trim_scale(n.cost),
        'n_student_images', (
          select count(*) from public.image i where i.session_id = s.id and i.role = 'student'),
        'n_human_marks', (
          select count(*) from jsonb_object_keys(public.human_marks_of(s.id)))
      ) order by s.created_at, s.id), '[]')
      from public.session s
      cross join lateral (
        select count(*) filter (where g.stage = 'assessment') as total,
          count(*) filter (where g.stage = 'assessment' and g.status in ('succeeded', 'failed', 'cancelled')) as finished,
          count(*) filter (where g.stage = 'assessment' and g.status = 'failed') as failed,
          coalesce(sum(g.cost_usd), 0) as cost
        from public.grading_call g where g.session_id = s.id and g.run = s.run and g.planned
      ) n
      where s.exam_id = e.id
    )
  );
end $$;

-- The session that holds one script of an import, found by name or made; gives the script with its session_id. SM409
-- where a human's mark differs from the one the script has.
create or replace function public.imported_script(e public.exam, script jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  known uuid;
  humans public.stats;
begin
  select s.id into known from public.session s
  where s.exam_id = e.id and s.name = script ->> 'name' and s.plan ? 'imported' limit 1;
  if known is null then
    insert into public.session (id, name, status, exam_id, owner_id, plan, run, started_at, finished_at, group_name)
    values ((script ->> 'session_id')::uuid, script ->> 'name', 'graded', e.id, e.owner_id,
      '{"markers": [], "summary": {"model_pairs": null}, "imported": true}', 1, clock_timestamp(), clock_timestamp(), script ->> 'group');
    insert into public.question (session_id, question_id, number, max_marks, tolerance, text, answer)
    select (script ->> 'session_id')::uuid, q.question_id, q.number, q.max_marks, q.tolerance, q.text, q.answer
    from public.exam_question q where q.exam_id = e.id;
    insert into public.stats (session_id, human_marks_by_qid, human_marks_2_by_qid)
    values ((script ->> 'session_id')::uuid, script -> 'human', script -> 'human_2');
    return script;
  end if;
  select * into humans from public.stats st where st.session_id = known;
  if not (humans.human_marks_by_qid || (script -> 'human') @> humans.human_marks_by_qid)
    or not (humans.human_marks_2_by_qid || (script -> 'human_2') @> humans.human_marks_2_by_qid)
  then
    raise exception 'Script % has other human marks already.', script ->> 'name'
      using errcode = 'SM409', detail = 'CONFLICT', hint = jsonb_build_object('script', script -> 'name')::text;
  end if;
  update public.stats set human_marks_by_qid = humans.human_marks_by_qid || (script -> 'human'),
    human_marks_2_by_qid = humans.human_marks_2_by_qid || (script -> 'human_2')
  where session_id = known;
  update public.session set group_name = coalesce(script ->> 'group', group_name) where id = known;
  return script || jsonb_build_object('session_id', known);
end $$;

-- All marks of one session in the order of `question_ids`, compact: {session_id, name, seed, group, simulated, human, human_2, final,
--  attempts: [[model_name, try_index, "3,2.5,,x,-", cost_usd, latency_ms]]}. In the string, one field per question: a
-- mark, nothing where there is none, x where one was given and refused (out of range, unreadable, contradictory), - where
-- the attempt was not asked. A review above the question's maximum, which was lowered since, does not count.
create or replace function public.script_marks(s public.session, question_ids text[]) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'session_id', s.id, 'name', s.name, 'seed', s.seed, 'group', s.group_name, 'human', public.human_marks_of(s.id),
    'simulated', exists (
      select from public.grading_call g where g.session_id = s.id and g.run = s.run and g.provider = 'Simulated'),
    'human_2', coalesce((select st.human_marks_2_by_qid from public.stats st where st.session_id = s.id), '{}'),
    'final', coalesce((
      select jsonb_object_agg(latest.question_id, trim_scale(latest.mark))
      from (
        select distinct on (v.question_id) v.question_id, v.mark from public.review v
        join public.question q on q.session_id = s.id and q.question_id = v.question_id and v.mark <= q.max_marks
        where v.session_id = s.id
        order by v.question_id, v.reviewed_at desc, v.id
      ) latest), '{}'),
    'attempts', coalesce((
      select jsonb_agg(jsonb_build_array(a.model_name, a.try_index, marks.line, trim_scale(spent.cost), spent.latency)
        order by a.model_name, a.try_index)
      from public.grading_call a
      cross join lateral (
        select string_agg(case
          when r.id is null then '-'
          when r.marks_awarded is not null then trim_scale(r.marks_awarded)::text
          when exists (
            select from jsonb_array_elements(r.validation_errors) problem
            where problem ->> 'reason' in ('out_of_range', 'unreadable', 'duplicate', 'several_entries', 'other_maximum', 'contradictory')) then 'x'
          else '' end, ',' order by asked.position) as line
        from unnest(question_ids) with ordinality as asked (question_id, position)
        left join public.result r on r.session_id = s.id and r.question_id = asked.question_id
          and r.model_name = a.model_name and r.try_index = a.try_index
      ) marks
      cross join lateral (
        select sum(c.cost_usd) as cost, sum(c.latency_ms) as latency from public.grading_call c
        where c.session_id = s.id and c.run = s.run and c.model_name = a.model_name and c.try_index = a.try_index
      ) spent
      where a.session_id = s.id and a.run = s.run and a.stage = 'assessment' and a.planned
        and a.status in ('succeeded', 'failed')
    ), '[]')
  );
$$;

-- {session_ids, current} -> [{session_id, name, status, run, questions, human, attempts: [{run, model_name, try_index,
--  status, provider, model, finished_at, reply, marks: {question_id: mark}}]}]: every run of these sessions, the current
-- one alone where `current` is true. `reply` is the last one that was obtained, as it is kept.
create or replace function public.seed_runs(args jsonb) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'session_id', s.id, 'name', s.name, 'status', s.status, 'run', s.run, 'questions', public.questions_of(s.id),
    'human', public.human_marks_of(s.id),
    'attempts', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'run', g.run, 'model_name', g.model_name, 'try_index', g.try_index, 'status', g.status, 'provider', g.provider,
        'model', g.request -> 'model', 'finished_at', g.finished_at,
        'reply', case when not coalesce((args ->> 'current')::boolean, false) then g.raw_output -> -1 -> 'reply' end,
        'marks', coalesce((
          select jsonb_object_agg(m.question_id, trim_scale(m.marks_awarded))
          from (
            select r.question_id, r.model_name, r.try_index, r.marks_awarded from public.result r
            where r.session_id = s.id and g.run = s.run
            union all
            select r.question_id, r.model_name, r.try_index, r.marks_awarded from public.earlier_result r
            where r.session_id = s.id and r.run = g.run and g.run < s.run
          ) m
          where m.model_name = g.model_name and m.try_index = g.try_index and m.marks_awarded is not null), '{}')
      ) order by g.run, g.model_name, g.try_index), '[]')
      from public.grading_call g
      where g.session_id = s.id and g.stage = 'assessment' and g.planned
        and (g.run = s.run or not coalesce((args ->> 'current')::boolean, false))
    )
  ) order by s.created_at, s.id), '[]')
  from public.session s
  where s.id in (select value::uuid from jsonb_array_elements_text(args -> 'session_ids'));
$$;

-- {session_id, owner_id, run} -> {status, run, questions, human_marks_by_qid, calls: [...], results: [...]}: everything that
-- marks are reported from, of the plan of the current run alone, or of the
-- earlier `run`. SM404 for a run that never was. Calls come without the completions they hold.
create or replace function public.session_results(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  s public.session := public.seen_session(args);
  this_run int := coalesce((args ->> 'run')::int, s.run);
begin
  if this_run > s.run or (this_run < s.run and not exists (
    select from public.grading_call g where g.session_id = s.id and g.run = this_run)) then
    raise exception 'The session has no run %.', this_run using errcode = 'SM404', detail = 'NOT_FOUND';
  end if;
  return jsonb_build_object(
    'status', s.status, 'run', this_run, 'questions', public.questions_of(s.id),
    'human_marks_by_qid', public.human_marks_of(s.id),
    'calls', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'model_name', g.model_name, 'try_index', g.try_index, 'stage', g.stage, 'status', g.status, 'error', g.error,
        'criteria', g.criteria, 'finish_reason', g.finish_reason, 'native_finish_reason', g.native_finish_reason,
        'provider', g.provider, 'parse_path', g.parse_path, 'passed_over', g.passed_over,
        'prompt_tokens', g.prompt_tokens, 'completion_tokens', g.completion_tokens,
        'reasoning_tokens', g.reasoning_tokens, 'cached_tokens', g.cached_tokens, 'cost_usd', trim_scale(g.cost_usd),
        'http_requests', g.http_requests, 'latency_ms', g.latency_ms, 'validation_errors', g.validation_errors,
        'model', g.request -> 'model') order by g.model_name, g.try_index, g.stage), '[]')
      from public.grading_call g where g.session_id = s.id and g.run = this_run and g.planned
    ),
    'results', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'question_id', r.question_id, 'model_name', r.model_name, 'try_index', r.try_index,
        'marks_awarded', trim_scale(r.marks_awarded), 'rubric_notes', r.rubric_notes,
        'validation_errors', r.validation_errors) order by q.number, r.model_name, r.try_index), '[]')
      from (
        select c.question_id, c.model_name, c.try_index, c.marks_awarded, c.rubric_notes, c.validation_errors
        from public.result c where c.session_id = s.id and this_run = s.run
        union all
        select e.question_id, e.model_name, e.try_index, e.marks_awarded, e.rubric_notes, e.validation_errors
        from public.earlier_result e where e.session_id = s.id and e.run = this_run and this_run < s.run
      ) r
      join public.question q on q.session_id = s.id and q.question_id = r.question_id
      join public.grading_call g on g.session_id = s.id and g.run = this_run and g.stage = 'assessment' and g.planned
        and g.model_name = r.model_name and g.try_index = r.try_index
    )
  );
end $$;

-- {exam_id, owner_id, session_ids, limit} -> {n_seeds}: the seeds of an exam are these sessions and no others. SM404 for an
-- exam or a session that is not there.
create or replace function public.set_seeds(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  e public.exam := public.owned_exam(args);
  wanted uuid[] := array(select value::uuid from jsonb_array_elements_text(args -> 'session_ids'));
  stranger uuid;
begin
  select w into stranger from unnest(wanted) as w
  where not exists (select from public.session s where s.id = w and s.exam_id = e.id) limit 1;
  if stranger is not null then
    raise exception 'The exam has no session %.', stranger using errcode = 'SM404', detail = 'NOT_FOUND';
  end if;
  update public.exam set seed_limit = (args ->> 'limit')::int where id = e.id;
  update public.session s set seed = s.id = any (wanted), updated_at = clock_timestamp()
  where s.exam_id = e.id and s.seed <> (s.id = any (wanted));
  return jsonb_build_object('n_seeds', coalesce(array_length(wanted, 1), 0));
end $$;

-- {session_id, owner_id, plan, default_tries, force, inputs_version,
--  calls: [{model_name, try_index, stage, request}]} -> {outcome: started | joined | stale, run}
-- Every call of the plan is written, and the session set to grading, in this one transaction. A call whose stored success
-- is complete and was made from the same inputs (request.input_hash) is kept; `force` opens a new run that keeps none; the marks of
-- the run before go to earlier_result.
-- joined: the same plan is being graded. stale: questions or images changed since they were read; read and plan again.
create or replace function public.start_grading(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  s public.session := public.owned_session(args);
  this_run int := s.run;
begin
  if s.status = 'grading' and s.plan -> 'markers' = args -> 'plan' -> 'markers' then
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
    started_at = clock_timestamp(), finished_at = null, updated_at = clock_timestamp()
  where id = s.id;
  return jsonb_build_object('outcome', 'started', 'run', this_run);
end $$;

alter table public.earlier_result enable row level security;

revoke all on table public.earlier_result from public, anon, authenticated, service_role;
grant delete, insert, select, update on table public.earlier_result to service_role;

revoke all on function public.seed_runs(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.seed_runs(jsonb) to service_role;

revoke all on function public.set_seeds(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.set_seeds(jsonb) to service_role;

comment on function public.ping(jsonb) is 'migration 20261128105953';
