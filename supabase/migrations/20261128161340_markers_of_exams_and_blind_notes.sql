-- Made by `make migration` from the difference between supabase/schemas and the migrations before this one.
set check_function_bodies = off;

-- {exam_id or session_id, owner_id, answers: [[session_id, question_id], ...], keeps_blind?, reviewer?} -> [{session_id,
--  question_id, hidden, marks: [{model_name, try_index, marks_awarded, rubric_notes, validation_errors}], reviews: [...]}]: the
-- notes and reviews that a human reads. With `keeps_blind`, an exam with blind marking hides those of an answer until
-- this reviewer gave a mark; without a name, until everybody who is to mark it did.
create or replace function public.answer_notes(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  if args ->> 'session_id' is not null then
    perform public.seen_session(args);
  else
    perform public.owned_exam(args);
  end if;
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'session_id', s.id, 'question_id', wanted.value ->> 1, 'hidden', blind.hidden,
      'marks', (
        select coalesce(jsonb_agg(jsonb_build_object(
          'model_name', r.model_name, 'try_index', r.try_index, 'marks_awarded', trim_scale(r.marks_awarded),
          'rubric_notes', r.rubric_notes, 'validation_errors', r.validation_errors) order by r.model_name, r.try_index), '[]')
        from public.result r
        join public.grading_call g on g.session_id = s.id and g.run = s.run and g.stage = 'assessment' and g.planned
          and g.model_name = r.model_name and g.try_index = r.try_index
        where r.session_id = s.id and r.question_id = wanted.value ->> 1 and not blind.hidden),
      'reviews', (
        select coalesce(jsonb_agg(jsonb_build_object('mark', trim_scale(v.mark), 'reviewer', v.reviewer, 'note', v.note,
          'reviewed_at', v.reviewed_at) order by v.reviewed_at desc), '[]')
        from public.review v where v.session_id = s.id and v.question_id = wanted.value ->> 1
          and v.withdrawn_at is null and not blind.hidden)
    ) order by wanted.position), '[]')
    from jsonb_array_elements(args -> 'answers') with ordinality as wanted (value, position)
    join public.session s on s.id = (wanted.value ->> 0)::uuid
      and (s.id = (args ->> 'session_id')::uuid or s.exam_id = (args ->> 'exam_id')::uuid)
    left join public.exam e on e.id = s.exam_id
    cross join lateral (
      select coalesce((args ->> 'keeps_blind')::boolean and e.blind_marking, false)
        and count(distinct coalesce(v.reviewer, '')) < case when e.double_marking and args ->> 'reviewer' is null then 2 else 1 end
        as hidden
      from public.review v
      where v.session_id = s.id and v.question_id = wanted.value ->> 1 and v.withdrawn_at is null
        and (args ->> 'reviewer' is null or v.reviewer = args ->> 'reviewer')
    ) blind
  );
end $$;

-- {exam_id, owner_id} -> {exam_id, name, created_at, questions, seed_limit, sessions: [{session_id, name, status, seed,
--  group, run, progress, attempts,
--  n_human_marks, n_images, simulated}], markers: [...]}; see `exam_markers`. `simulated`: the built-in simulator makes up all its
--  marks, and nothing is paid.
create or replace function public.exam_detail(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  e public.exam := public.owned_exam(args);
begin
  return jsonb_build_object(
    'exam_id', e.id, 'name', e.name, 'created_at', e.created_at, 'seed_limit', e.seed_limit,
    'questions', public.exam_questions_of(e.id), 'markers', public.exam_markers(e.id),
    'sessions', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'session_id', s.id, 'name', s.name, 'status', s.status, 'failure_reason', s.failure_reason,
        'seed', s.seed, 'group', s.group_name, 'run', s.run,
        'progress', case when n.total > 0 then round(n.finished::numeric / n.total, 4) else 0 end,
        'attempts', jsonb_build_object('total', n.total, 'finished', n.finished, 'failed', n.failed),
        'cost_usd', trim_scale(n.cost), 'simulated', coalesce(n.simulated, false),
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
          coalesce(sum(g.cost_usd), 0) as cost, bool_and(g.request ->> 'model' like 'simulated/%') as simulated
        from public.grading_call g where g.session_id = s.id and g.run = s.run and g.planned
      ) n
      where s.exam_id = e.id
    )
  );
end $$;

-- (exam) -> [{model_name, total, finished, failed, running, reasons: [{message, n}]}]: how far each marker is over all
-- scripts of an exam, and why its attempts failed, the most frequent reason first.
create or replace function public.exam_markers(of_exam uuid) returns jsonb
language sql stable set search_path = '' as $$
  with attempt as (
    select g.model_name, g.status, g.error ->> 'message' as message, coalesce(r.status, '') as reading
    from public.session s
    join public.grading_call g on g.session_id = s.id and g.run = s.run and g.planned and g.stage = 'assessment'
    left join public.grading_call r on r.session_id = g.session_id and r.run = g.run and r.stage = 'rubric'
      and r.model_name = g.model_name and r.try_index = g.try_index and g.status = 'pending'
    where s.exam_id = of_exam
  ), reason as (
    select model_name, message, count(*) as n from attempt
    where status = 'failed' and message is not null group by model_name, message
  )
  select coalesce(jsonb_agg(jsonb_build_object(
    'model_name', a.model_name, 'total', a.total, 'finished', a.finished, 'failed', a.failed, 'running', a.running,
    'reasons', (
      select coalesce(jsonb_agg(jsonb_build_object('message', w.message, 'n', w.n) order by w.n desc, w.message), '[]')
      from reason w where w.model_name = a.model_name)
  ) order by a.model_name), '[]')
  from (
    select model_name, count(*) as total,
      count(*) filter (where status in ('succeeded', 'failed', 'cancelled')) as finished,
      count(*) filter (where status = 'failed') as failed,
      count(*) filter (where status in ('running', 'waiting') or reading in ('running', 'waiting')) as running
    from attempt group by model_name
  ) a;
$$;

revoke all on function public.exam_markers(uuid) from public, anon, authenticated, service_role;
grant execute on function public.exam_markers(uuid) to service_role;

comment on function public.ping(jsonb) is 'migration 20261128161340';
