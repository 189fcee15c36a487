-- {session_id, owner_id, run, graded, calls: [{model_name, try_index, input_hash, status, error, parse_path, passed_over,
--  validation_errors, before, results: [{question_id, marks_awarded, rubric_notes, raw_output, validation_errors}]}],
--  rubrics?: [{model_name, try_index, input_hash, criteria, before}]}
-- -> {changed}. Puts marks that were read anew from stored answers in the place of the old ones; `before` is kept with the
-- replies of the call. `graded` makes a session graded that had failed because it had no marks. `rubrics` are failed calls
-- whose criteria can be read now: the next run of the same plan does not ask for them again. SM409 while it is graded.
create or replace function public.record_reread(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  s public.session := public.idle_session(args);
  changed int;
begin
  if s.run <> (args ->> 'run')::int then
    return jsonb_build_object('changed', 0);
  end if;
  update public.grading_call g set
    status = 'succeeded', criteria = c.criteria, error = null, raw_output = g.raw_output || jsonb_build_array(c.before)
  from jsonb_to_recordset(coalesce(args -> 'rubrics', '[]')) as c (
    model_name text, try_index int, input_hash text, criteria text, before jsonb)
  where g.session_id = s.id and g.run = s.run and g.stage = 'rubric' and g.model_name = c.model_name
    and g.try_index = c.try_index and g.request ->> 'input_hash' = c.input_hash and g.status = 'failed';
  with call as (
    select * from jsonb_to_recordset(args -> 'calls') as c (
      model_name text, try_index int, input_hash text, status text, error jsonb, parse_path text, passed_over jsonb,
      validation_errors jsonb, before jsonb, results jsonb)
  ), read_anew as (
    update public.grading_call g set
      status = c.status, error = c.error, parse_path = c.parse_path, passed_over = coalesce(c.passed_over, '[]'),
      validation_errors = coalesce(c.validation_errors, '[]'), raw_output = g.raw_output || jsonb_build_array(c.before)
    from call c
    where g.session_id = s.id and g.run = s.run and g.stage = 'assessment' and g.model_name = c.model_name
      and g.try_index = c.try_index and g.request ->> 'input_hash' = c.input_hash and g.status in ('succeeded', 'failed')
    returning g.model_name, g.try_index
  ), mark as (
    insert into public.result
      (session_id, question_id, model_name, try_index, marks_awarded, rubric_notes, raw_output, validation_errors)
    select s.id, q.question_id, r.model_name, r.try_index,
      case when m.marks_awarded between 0 and q.max_marks then m.marks_awarded end, m.rubric_notes, m.raw_output,
      coalesce(m.validation_errors, '[]')
    from read_anew r
    join call c using (model_name, try_index)
    cross join jsonb_to_recordset(c.results)
      as m (question_id text, marks_awarded numeric, rubric_notes text, raw_output jsonb, validation_errors jsonb)
    join public.question q on q.session_id = s.id and q.question_id = m.question_id
    on conflict (session_id, question_id, model_name, try_index) do update set
      marks_awarded = excluded.marks_awarded, rubric_notes = excluded.rubric_notes, raw_output = excluded.raw_output,
      validation_errors = excluded.validation_errors
  )
  select count(*) into changed from read_anew;
  if (args ->> 'graded')::boolean then
    update public.session set status = 'graded', failure_reason = null, updated_at = clock_timestamp() where id = s.id;
  end if;
  return jsonb_build_object('changed', changed);
end $$;
