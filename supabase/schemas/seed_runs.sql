-- {session_ids, current} -> [{session_id, name, status, run, questions, human, attempts: [{run, model_name, try_index,
--  status, provider, model, finished_at, reply, marks: {question_id: mark}}]}]: every run of these sessions, or only
-- the current one if `current` is true. `reply` is the last reply of the call, packed as it is stored.
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
