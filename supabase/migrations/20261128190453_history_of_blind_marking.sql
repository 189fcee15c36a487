-- Made by `make migration` from the difference between supabase/schemas and the migrations before this one.
set check_function_bodies = off;

-- {exam_id or session_id, owner_id, limit, keeps_blind?, reviewer?} -> [{review_id, session_id, script, question_id, mark,
--  reviewer, user_id, note, blind, reviewed_at, withdrawn_at, withdrawn_by, hidden}], latest first: every review that was ever
-- given, also withdrawn ones. `hidden`: with `keeps_blind`, this reviewer must not know the mark and the note of somebody
-- else, which are null then; see `is_secret.sql`.
create or replace function public.review_history(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  if args ->> 'session_id' is not null then
    perform public.seen_session(args);
  else
    perform public.owned_exam(args);
  end if;
  return (
    select coalesce(jsonb_agg(change.row_json order by change.reviewed_at desc, change.id), '[]')
    from (
      select v.reviewed_at, v.id, jsonb_build_object('review_id', v.id, 'session_id', s.id, 'script', s.name,
        'question_id', v.question_id, 'mark', case when not kept.secret then trim_scale(v.mark) end,
        'reviewer', v.reviewer, 'user_id', v.user_id, 'note', case when not kept.secret then v.note end, 'blind', v.blind,
        'reviewed_at', v.reviewed_at, 'withdrawn_at', v.withdrawn_at, 'withdrawn_by', v.withdrawn_by,
        'hidden', kept.secret) as row_json
      from public.review v
      join public.session s on s.id = v.session_id
      left join public.exam e on e.id = s.exam_id
      cross join lateral (
        select case when (args ->> 'keeps_blind')::boolean
            and (args ->> 'reviewer' is null or public.person(v.reviewer) <> public.person(args ->> 'reviewer'))
          then public.is_secret(e, s.id, v.question_id, args ->> 'reviewer') else false end as secret
      ) kept
      where s.id = (args ->> 'session_id')::uuid or s.exam_id = (args ->> 'exam_id')::uuid
      order by v.reviewed_at desc, v.id
      limit (args ->> 'limit')::int
    ) change
  );
end $$;

-- The current runs of an exam's scripts, or of one script, as one line: {status, progress, cost_usd, n_scripts, n_failed,
-- n_unmarked, failure_reason, simulated}. `simulated`: the built-in simulator made up all marks.
create or replace function public.runs_of(kind text, of_id uuid) returns jsonb
language sql stable set search_path = '' as $$
  with member as (
    select s.id, s.run, s.status, s.failure_reason from public.session s
    where (kind = 'exam' and s.exam_id = of_id) or (kind = 'script' and s.id = of_id)
  ), call as (
    select count(*) filter (where g.stage = 'assessment') as total,
      count(*) filter (where g.stage = 'assessment' and g.status in ('succeeded', 'failed', 'cancelled')) as finished,
      count(*) filter (where g.stage = 'assessment' and g.status = 'failed') as failed,
      coalesce(sum(g.cost_usd), 0) as cost, coalesce(bool_and(g.request ->> 'model' like 'simulated/%'), false) as simulated
    from member m join public.grading_call g on g.session_id = m.id and g.run = m.run and g.planned
  ), mark as (
    select count(*) as unmarked from member m join public.result r on r.session_id = m.id and r.marks_awarded is null
  )
  select jsonb_build_object(
    'status', case
      when count(*) filter (where m.status = 'grading') > 0 then 'grading'
      when count(*) filter (where m.status = 'graded') > 0 then 'graded'
      when count(*) filter (where m.status = 'failed') > 0 then 'failed' else 'created' end,
    'progress', case when call.total > 0 then round(call.finished::numeric / call.total, 4) else 0 end,
    'cost_usd', trim_scale(call.cost), 'n_scripts', count(m.id), 'n_failed', call.failed, 'n_unmarked', mark.unmarked,
    'failure_reason', min(m.failure_reason), 'simulated', call.simulated)
  from call cross join mark left join member m on true
  group by call.total, call.finished, call.failed, call.cost, call.simulated, mark.unmarked;
$$;

-- {session_id, owner_id} -> everything that is needed to set up another session: plan, questions, human marks,
-- images, templates, and the exam that it belongs to.
create or replace function public.session_template(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  s public.session := public.seen_session(args);
begin
  return jsonb_build_object(
    'name', s.name, 'exam_id', s.exam_id, 'plan', s.plan, 'default_tries', s.default_tries, 'questions', public.questions_of(s.id),
    'human_marks_by_qid', public.human_marks_of(s.id), 'images', public.images_of(s.id),
    'templates', jsonb_build_object(
      'rubric', s.selected_rubric_template, 'assessment', s.selected_assessment_template)
  );
end $$;

comment on function public.ping(jsonb) is 'migration 20261128190453';
