-- Made by `make migration` from the difference between supabase/schemas and the migrations before this one.
set check_function_bodies = off;

drop function public.import_marks(jsonb);

drop function public.imported_script(public.exam,jsonb);

alter table public.session add column import_id uuid;

-- An import of marks that is stored batch by batch. Nothing of it is seen before `finished_at`.
create table public.mark_import (
  id uuid primary key,
  exam_id uuid not null references public.exam on delete cascade,
  created_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz
);

-- The scripts of an import that has not ended. `known`: the exam holds the script already.
create table public.mark_import_script (
  import_id uuid not null references public.mark_import on delete cascade,
  session_id uuid not null references public.session on delete cascade,
  name text not null,
  known boolean not null,
  human jsonb not null,
  human_2 jsonb not null,
  group_name text,
  primary key (import_id, session_id)
);

-- Marks of questions that an attempt which the exam holds already did not mark; they are added at the end.
create table public.mark_import_result (
  import_id uuid not null references public.mark_import on delete cascade,
  session_id uuid not null references public.session on delete cascade,
  question_id text not null,
  model_name text not null,
  try_index int not null,
  marks_awarded numeric(10, 2),
  validation_errors jsonb not null,
  primary key (import_id, session_id, question_id, model_name, try_index)
);

alter table public.session add constraint session_import_id_fkey FOREIGN KEY (import_id) REFERENCES public.mark_import(id) ON DELETE CASCADE;

create INDEX mark_import_of_exam ON public.mark_import USING btree (exam_id);

create INDEX mark_import_result_of_session ON public.mark_import_result USING btree (session_id);

create INDEX mark_import_script_of_session ON public.mark_import_script USING btree (session_id);

create INDEX session_of_import ON public.session USING btree (import_id) WHERE (import_id IS NOT NULL);

-- {exam_id, owner_id, import_id, questions} -> {stale: [import_id, ...]}. Begin to take marks obtained elsewhere into an exam:
-- `import_batch` stores them unseen, `finish_import` shows them all at once, `drop_import` removes them. SM409 for other
-- questions than the exam's. `stale` are imports that began over an hour ago and never ended.
create or replace function public.begin_import(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  e public.exam := public.owned_exam(args);
begin
  begin
    perform public.match_exam(e.id, null, args -> 'questions');
    -- What the match changed is taken back: `finish_import` matches again.
    raise exception 'matched' using errcode = 'SM000';
  exception when sqlstate 'SM000' then
    null;
  end;
  delete from public.mark_import i where i.exam_id = e.id and i.finished_at < clock_timestamp() - interval '1 hour';
  insert into public.mark_import (id, exam_id) values ((args ->> 'import_id')::uuid, e.id) on conflict (id) do nothing;
  return jsonb_build_object('stale', (
    select coalesce(jsonb_agg(i.id), '[]') from public.mark_import i
    where i.exam_id = e.id and i.finished_at is null and i.created_at < clock_timestamp() - interval '1 hour'));
end $$;

-- {exam_id, owner_id, import_id, limit} -> {left}: remove up to `limit` scripts of an import that was not finished; call it until
-- nothing is left.
create or replace function public.drop_import(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  i public.mark_import;
  gone uuid[];
begin
  i := public.import_of(args, alone => true);
  if i.finished_at is not null then
    return jsonb_build_object('left', 0);
  end if;
  select array_agg(m.session_id) into gone from (
    select x.session_id from public.mark_import_script x where x.import_id = i.id limit (args ->> 'limit')::int
  ) m;
  delete from public.result r using public.grading_call g
  where g.session_id = any (gone) and not g.planned and g.request ->> 'import' = i.id::text
    and r.session_id = g.session_id and r.model_name = g.model_name and r.try_index = g.try_index;
  delete from public.grading_call g
  where g.session_id = any (gone) and not g.planned and g.request ->> 'import' = i.id::text;
  delete from public.mark_import_script m where m.import_id = i.id and m.session_id = any (gone);
  delete from public.session s where s.id = any (gone) and s.import_id = i.id;
  if gone is null then
    delete from public.mark_import where id = i.id;
  end if;
  return jsonb_build_object('left', coalesce(array_length(gone, 1), 0));
exception when sqlstate 'SM404' then
  return jsonb_build_object('left', 0);
end $$;

-- {exam_id, owner_id, import_id, questions} -> {scripts}. Show everything that an import stored, at once. SM409 for other
-- questions than the exam's, for a human's mark that differs from the one a script has, and, as SCRIPTS_CAME_MEANWHILE, for
-- scripts that the exam got since the import began.
create or replace function public.finish_import(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  e public.exam := public.owned_exam(args, lock => true);
  i public.mark_import := public.import_of(args, alone => true);
  refused jsonb;
  n_scripts int;
begin
  select count(*) into n_scripts from public.mark_import_script m where m.import_id = i.id;
  if i.finished_at is not null then
    return jsonb_build_object('scripts', n_scripts);
  end if;
  perform public.match_exam(e.id, null, args -> 'questions');
  select jsonb_agg(twice.name) into refused
  from (
    select m.name from public.mark_import_script m
    join public.session s on s.exam_id = e.id and s.name = m.name
    where m.import_id = i.id and not m.known order by m.name limit 50
  ) twice;
  if refused is not null then
    raise exception 'The exam got scripts of these names while the file was read. Import the file again.'
      using errcode = 'SM409', detail = 'SCRIPTS_CAME_MEANWHILE', hint = jsonb_build_object('scripts', refused)::text;
  end if;
  select jsonb_agg(other.name) into refused
  from (
    select m.name from public.mark_import_script m join public.stats st on st.session_id = m.session_id
    where m.import_id = i.id and m.known and not (
      st.human_marks_by_qid || m.human @> st.human_marks_by_qid
      and st.human_marks_2_by_qid || m.human_2 @> st.human_marks_2_by_qid)
    order by m.name limit 50
  ) other;
  if refused is not null then
    raise exception 'Script % has other human marks already.', refused ->> 0
      using errcode = 'SM409', detail = 'CONFLICT', hint = jsonb_build_object('script', refused -> 0)::text;
  end if;

  insert into public.question (session_id, question_id, number, max_marks, tolerance, text, answer)
  select m.session_id, q.question_id, q.number, q.max_marks, q.tolerance, q.text, q.answer
  from public.mark_import_script m cross join public.exam_question q
  where m.import_id = i.id and not m.known and q.exam_id = e.id;
  insert into public.stats as st (session_id, human_marks_by_qid, human_marks_2_by_qid)
  select m.session_id, m.human, m.human_2 from public.mark_import_script m where m.import_id = i.id
  on conflict (session_id) do update set human_marks_by_qid = st.human_marks_by_qid || excluded.human_marks_by_qid,
    human_marks_2_by_qid = st.human_marks_2_by_qid || excluded.human_marks_2_by_qid;
  update public.session s set group_name = coalesce(m.group_name, s.group_name), exam_id = e.id, import_id = null
  from public.mark_import_script m where m.import_id = i.id and m.session_id = s.id
    and (not m.known or m.group_name is not null);
  update public.grading_call g set planned = true, request = g.request - 'import'
  from public.mark_import_script m where m.import_id = i.id and m.known and g.session_id = m.session_id
    and not g.planned and g.request ->> 'import' = i.id::text;
  insert into public.result (session_id, question_id, model_name, try_index, marks_awarded, validation_errors)
  select r.session_id, r.question_id, r.model_name, r.try_index, r.marks_awarded, r.validation_errors
  from public.mark_import_result r where r.import_id = i.id
  on conflict (session_id, question_id, model_name, try_index) do nothing;

  delete from public.mark_import_result r where r.import_id = i.id;
  delete from public.mark_import_script m where m.import_id = i.id;
  update public.mark_import set finished_at = clock_timestamp() where id = i.id;
  return jsonb_build_object('scripts', n_scripts);
end $$;

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
    insert into public.result (session_id, question_id, model_name, try_index, marks_awarded, validation_errors)
    select g.session_id, g.question_id, g.model_name, g.try_index, g.marks_awarded, g.validation_errors
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

-- The import named by {exam_id, owner_id, import_id}, locked: against its end, or with `alone` against its batches too. SM404
-- where there is none.
create or replace function public.import_of(args jsonb, alone boolean default false) returns public.mark_import
language plpgsql set search_path = '' as $$
declare
  e public.exam := public.owned_exam(args);
  found_import public.mark_import;
begin
  if alone then
    select * into found_import from public.mark_import i
    where i.id = (args ->> 'import_id')::uuid and i.exam_id = e.id for update;
  else
    select * into found_import from public.mark_import i
    where i.id = (args ->> 'import_id')::uuid and i.exam_id = e.id for share;
  end if;
  if found_import.id is null then
    raise exception 'There is no such import.' using errcode = 'SM404', detail = 'NOT_FOUND';
  end if;
  return found_import;
end $$;

-- {limit, before?, owner_id} -> newest first; `before` is the id of the last session of the page before.
-- Each call is planned for its own arguments: one plan for all could not use the owner's index.
create or replace function public.list_sessions(args jsonb) returns jsonb
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
  last_seen public.session;
begin
  if args ->> 'before' is not null then
    last_seen := public.seen_session(jsonb_build_object('session_id', args -> 'before', 'owner_id', args -> 'owner_id'));
  end if;
  return (select coalesce(jsonb_agg(page.row_json order by page.created_at desc, page.id desc), '[]')
  from (
    select s.created_at, s.id, jsonb_build_object(
      'id', s.id, 'status', s.status, 'created_at', s.created_at, 'name', s.name, 'exam_id', s.exam_id,
      -- A client sends these back as "models": of a plan of pairs that would make another experiment.
      'selected_models', case when jsonb_typeof(s.plan #> '{summary,model_pairs}') = 'array' then 'null'
        else s.plan -> 'summary' -> 'selected_models' end,
      'default_tries', case when s.plan is not null then s.default_tries end,
      'model_pairs', s.plan -> 'summary' -> 'model_pairs',
      'rubric_models', s.plan -> 'summary' -> 'rubric_models',
      'assessment_models', s.plan -> 'summary' -> 'assessment_models',
      'selected_rubric_template', s.selected_rubric_template,
      'selected_assessment_template', s.selected_assessment_template
    ) as row_json
    from public.session s
    where (args ->> 'owner_id' is null or s.owner_id = args ->> 'owner_id')
      and s.import_id is null
      and (last_seen.id is null or (s.created_at, s.id) < (last_seen.created_at, last_seen.id))
    order by s.created_at desc, s.id desc
    limit (args ->> 'limit')::int
  ) page);
end $$;

-- Note the scripts of a batch of an import, each with the session that holds it: found by name, or made and not yet seen.
-- `first` is how many scripts stand before them in the file: sessions keep its order, whichever batch is stored first.
create or replace function public.take_scripts(i public.mark_import, scripts jsonb, first int) returns void
language plpgsql set search_path = '' as $$
begin
  with given as (
    select script.position, script.value as script, known.id as known
    from jsonb_array_elements(scripts) with ordinality as script (value, position)
    left join (
      select distinct on (s.name) s.name, s.id from public.session s
      where s.exam_id = i.exam_id and s.plan ? 'imported' order by s.name, s.created_at, s.id
    ) known on known.name = script.value ->> 'name'
  ), made as (
    insert into public.session (id, name, status, owner_id, import_id, plan, run, started_at, finished_at, group_name,
      created_at)
    select (g.script ->> 'session_id')::uuid, g.script ->> 'name', 'graded', e.owner_id, i.id,
      '{"markers": [], "summary": {"model_pairs": null}, "imported": true}', 1, clock_timestamp(), clock_timestamp(),
      g.script ->> 'group', i.created_at + (first + g.position) * interval '1 microsecond'
    from given g join public.exam e on e.id = i.exam_id where g.known is null order by g.position
    on conflict (id) do nothing
    returning 1
  )
  insert into public.mark_import_script
  select i.id, coalesce(g.known, (g.script ->> 'session_id')::uuid), g.script ->> 'name', g.known is not null,
    g.script -> 'human', g.script -> 'human_2', g.script ->> 'group'
  from given g
  on conflict do nothing;
end $$;

alter table public.mark_import enable row level security;

alter table public.mark_import_result enable row level security;

alter table public.mark_import_script enable row level security;

revoke all on table public.mark_import from public, anon, authenticated, service_role;
grant delete, insert, select, update on table public.mark_import to service_role;

revoke all on table public.mark_import_result from public, anon, authenticated, service_role;
grant delete, insert, select, update on table public.mark_import_result to service_role;

revoke all on table public.mark_import_script from public, anon, authenticated, service_role;
grant delete, insert, select, update on table public.mark_import_script to service_role;

revoke all on function public.begin_import(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.begin_import(jsonb) to service_role;

revoke all on function public.drop_import(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.drop_import(jsonb) to service_role;

revoke all on function public.finish_import(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.finish_import(jsonb) to service_role;

revoke all on function public.import_batch(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.import_batch(jsonb) to service_role;

revoke all on function public.import_of(jsonb,boolean) from public, anon, authenticated, service_role;
grant execute on function public.import_of(jsonb,boolean) to service_role;

revoke all on function public.take_scripts(public.mark_import,jsonb,integer) from public, anon, authenticated, service_role;
grant execute on function public.take_scripts(public.mark_import,jsonb,integer) to service_role;

comment on function public.ping(jsonb) is 'migration 20261128130944';
