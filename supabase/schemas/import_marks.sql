-- {exam_id, owner_id, questions, scripts: [{session_id, name, human, human_2, attempts: [[model_name, try_index,
--  "3,2.5,,x,-"]]}]} -> {scripts}. Marks obtained elsewhere, as graded sessions of an exam; the strings are as in
-- script_marks, in the order of `questions`. All or nothing.
create or replace function public.import_marks(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  e public.exam := public.owned_exam(args, lock => true);
  script jsonb;
begin
  perform public.match_exam(e.id, args -> 'questions');
  for script in select * from jsonb_array_elements(args -> 'scripts') loop
    insert into public.session (id, name, status, exam_id, owner_id, plan, run, started_at, finished_at)
    values ((script ->> 'session_id')::uuid, script ->> 'name', 'graded', e.id, e.owner_id,
      '{"markers": [], "summary": {"model_pairs": null}, "imported": true}', 1, clock_timestamp(), clock_timestamp());
    insert into public.question (session_id, question_id, number, max_marks, tolerance, text, answer)
    select (script ->> 'session_id')::uuid, q.question_id, q.number, q.max_marks, q.tolerance, q.text, q.answer
    from public.exam_question q where q.exam_id = e.id;
    insert into public.stats (session_id, human_marks_by_qid, human_marks_2_by_qid)
    values ((script ->> 'session_id')::uuid, script -> 'human', script -> 'human_2');
  end loop;

  insert into public.grading_call (session_id, run, model_name, try_index, stage, status, request, finished_at)
  select (s.value ->> 'session_id')::uuid, 1, a.value ->> 0, (a.value ->> 1)::int, 'assessment', 'succeeded',
    '{"imported": true}', clock_timestamp()
  from jsonb_array_elements(args -> 'scripts') s, jsonb_array_elements(s.value -> 'attempts') a;

  insert into public.result (session_id, question_id, model_name, try_index, marks_awarded, validation_errors)
  select (s.value ->> 'session_id')::uuid, asked.value ->> 'question_id', a.value ->> 0, (a.value ->> 1)::int,
    case when mark.field not in ('', 'x') then mark.field::numeric end,
    case mark.field
      when '' then '[{"reason": "missing", "message": "The imported file holds no mark."}]'::jsonb
      when 'x' then '[{"reason": "out_of_range", "message": "The imported mark is unreadable or outside 0 to the maximum."}]'
      else '[]' end
  from jsonb_array_elements(args -> 'scripts') s
  cross join jsonb_array_elements(s.value -> 'attempts') a
  cross join lateral unnest(string_to_array(concat(a.value ->> 2, ','), ',')) with ordinality as mark (field, position)
  join jsonb_array_elements(args -> 'questions') with ordinality as asked (value, position) using (position)
  -- The comma that was added (an empty text would be an array of nothing) makes one field too many: it joins no question.
  where mark.field <> '-';
  return jsonb_build_object('scripts', jsonb_array_length(args -> 'scripts'));
end $$;
