-- Made by `make migration` from the difference between supabase/schemas and the migrations before this one.
set check_function_bodies = off;

-- {exam_id, owner_id, questions, scripts: [{session_id, name, human, human_2, attempts: [[model_name, try_index,
--  "3,2.5,,x,-"]]}], unmarked: {"": [{reason, message}], "x": [...]}} -> {scripts}. Stores marks that were obtained elsewhere as
-- graded sessions of an exam. The strings are as in script_marks, in the order of `questions`; `unmarked` says for each field
-- without a number why there is no mark. A script that an earlier import brought (found by its name) gets its new marks. The
-- same marks again change nothing; other marks are refused with SM409. A script that the exam holds, but not from an import, is
-- refused with SM409 and {scripts}, because two sessions of one script would count as two. All or nothing.
create or replace function public.import_marks(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  e public.exam := public.owned_exam(args, lock => true);
  unmarked jsonb := args -> 'unmarked';
  held jsonb;
  scripts jsonb;
  differing jsonb;
begin
  perform public.match_exam(e.id, null, args -> 'questions');
  select jsonb_agg(twice.name) into held
  from (
    select distinct s.name
    from jsonb_array_elements(args -> 'scripts') script
    join public.session s on s.exam_id = e.id and s.name = script.value ->> 'name'
    where not coalesce(s.plan ? 'imported', false)
    order by s.name limit 50
  ) twice;
  if held is not null then
    raise exception 'The exam holds scripts of these names that were not imported.'
      using errcode = 'SM409', detail = 'CONFLICT', hint = jsonb_build_object('scripts', held)::text;
  end if;
  select jsonb_agg(public.imported_script(e, script.value) order by script.position) into scripts
  from jsonb_array_elements(args -> 'scripts') with ordinality as script (value, position);

  insert into public.grading_call (session_id, run, model_name, try_index, stage, status, request, finished_at)
  select (s.value ->> 'session_id')::uuid, 1, a.value ->> 0, (a.value ->> 1)::int, 'assessment', 'succeeded',
    '{"imported": true}', clock_timestamp()
  from jsonb_array_elements(scripts) s, jsonb_array_elements(s.value -> 'attempts') a
  on conflict (session_id, run, model_name, try_index, stage) do nothing;

  with given as (
    select (s.value ->> 'session_id')::uuid as session_id, s.value ->> 'name' as script,
      asked.value ->> 'question_id' as question_id, a.value ->> 0 as model_name, (a.value ->> 1)::int as try_index,
      case when not unmarked ? mark.field then mark.field::numeric(10, 2) end as marks_awarded,
      coalesce(unmarked -> mark.field, '[]') as validation_errors
    from jsonb_array_elements(scripts) s
    cross join jsonb_array_elements(s.value -> 'attempts') a
    -- The comma that is added (an empty text would be an array of nothing) makes one field too many: it joins no question.
    cross join lateral unnest(string_to_array(concat(a.value ->> 2, ','), ',')) with ordinality as mark (field, position)
    join jsonb_array_elements(args -> 'questions') with ordinality as asked (value, position) using (position)
    where mark.field <> '-'
  ), known as (
    select g.*, r.marks_awarded is distinct from g.marks_awarded or r.validation_errors <> g.validation_errors as differs
    from given g join public.result r using (session_id, question_id, model_name, try_index)
  ), new as (
    insert into public.result (session_id, question_id, model_name, try_index, marks_awarded, validation_errors)
    select g.session_id, g.question_id, g.model_name, g.try_index, g.marks_awarded, g.validation_errors from given g
    on conflict (session_id, question_id, model_name, try_index) do nothing
    returning 1
  )
  select jsonb_agg(jsonb_build_object('script', k.script, 'question_id', k.question_id, 'model_name', k.model_name,
    'try_index', k.try_index)) into differing
  from (select * from known where differs limit 50) k;
  if differing is not null then
    raise exception 'Other marks for these scripts were imported before.'
      using errcode = 'SM409', detail = 'CONFLICT', hint = jsonb_build_object('differing', differing)::text;
  end if;
  return jsonb_build_object('scripts', jsonb_array_length(args -> 'scripts'));
end $$;

comment on function public.ping(jsonb) is 'migration 20261128122359';
