-- {exam_id, owner_id, import_id, questions, first, scripts: [{session_id, name, group, human, human_2, attempts: [[model_name,
--  try_index, "3,2.5,,x,-"]]}], unmarked: {"": [{reason, message}], "x": [...]}} -> {scripts}. Stores some scripts of an
-- import, the `first` and those after it in the file, unseen until it is finished. The strings are as in script_marks, in the order of `questions`; `unmarked` says for
-- each field without a mark why there is none. A script that was imported before, by name, gets what is new of it: the same
-- marks again change nothing, other marks are SM409. So is a script that the exam holds without having imported it, with
-- {scripts}: two sessions of one script would count as two.
create or replace function public.import_batch(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  i public.mark_import := public.import_of(args);
  unmarked jsonb := args -> 'unmarked';
  held jsonb;
  differing jsonb;
  milliseconds text := lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0');
begin
  select jsonb_agg(twice.name) into held
  from (
    select distinct s.name
    from jsonb_array_elements(args -> 'scripts') script
    join public.session s on s.exam_id = i.exam_id and s.name = script.value ->> 'name'
    where not coalesce(s.plan ? 'imported', false)
    order by s.name limit 50
  ) twice;
  if held is not null then
    raise exception 'The exam holds scripts of these names that were not imported.'
      using errcode = 'SM409', detail = 'CONFLICT', hint = jsonb_build_object('scripts', held)::text;
  end if;
  perform public.take_scripts(i, args -> 'scripts', (args ->> 'first')::int);

  -- An attempt of a script that the exam holds is left out of every reading until the import is finished.
  insert into public.grading_call (session_id, run, model_name, try_index, stage, status, planned, request, finished_at)
  select m.session_id, 1, a.value ->> 0, (a.value ->> 1)::int, 'assessment', 'succeeded', not m.known,
    jsonb_build_object('imported', true) || case when m.known then jsonb_build_object('import', i.id) else '{}' end,
    clock_timestamp()
  from jsonb_array_elements(args -> 'scripts') s
  join public.mark_import_script m on m.import_id = i.id and m.name = s.value ->> 'name',
    jsonb_array_elements(s.value -> 'attempts') a
  on conflict (session_id, run, model_name, try_index, stage) do nothing;

  with given as (
    select m.session_id, m.name as script,
      asked.value ->> 'question_id' as question_id, a.value ->> 0 as model_name, (a.value ->> 1)::int as try_index,
      case when not unmarked ? mark.field then mark.field::numeric(10, 2) end as marks_awarded,
      coalesce(unmarked -> mark.field, '[]') as validation_errors,
      not m.known or coalesce(g.request ->> 'import' = i.id::text, false) as unseen
    from jsonb_array_elements(args -> 'scripts') s
    join public.mark_import_script m on m.import_id = i.id and m.name = s.value ->> 'name'
    cross join jsonb_array_elements(s.value -> 'attempts') a
    join public.grading_call g on g.session_id = m.session_id and g.run = 1 and g.model_name = a.value ->> 0
      and g.try_index = (a.value ->> 1)::int and g.stage = 'assessment'
    -- The comma that is added (an empty text would be an array of nothing) makes one field too many: it joins no question.
    cross join lateral unnest(string_to_array(concat(a.value ->> 2, ','), ',')) with ordinality as mark (field, position)
    join jsonb_array_elements(args -> 'questions') with ordinality as asked (value, position) using (position)
    where mark.field <> '-'
  ), known as (
    select g.*, r.id is not null and (r.marks_awarded is distinct from g.marks_awarded
      or r.validation_errors <> g.validation_errors) as differs, r.id is null as new
    from given g left join public.result r using (session_id, question_id, model_name, try_index)
    where not g.unseen
  ), unseen as (
    -- Ids that begin with the time land side by side in the index: with random ones the insert of 900,000 marks
    -- writes most of its pages again for each batch.
    insert into public.result (id, session_id, question_id, model_name, try_index, marks_awarded, validation_errors)
    select overlay(gen_random_uuid()::text placing overlay(milliseconds placing '-' from 9 for 0) from 1 for 13)::uuid,
      g.session_id, g.question_id, g.model_name, g.try_index, g.marks_awarded, g.validation_errors
    from given g where g.unseen
    on conflict (session_id, question_id, model_name, try_index) do nothing
    returning 1
  ), later as (
    insert into public.mark_import_result
    select i.id, k.session_id, k.question_id, k.model_name, k.try_index, k.marks_awarded, k.validation_errors
    from known k where k.new
    on conflict do nothing
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
