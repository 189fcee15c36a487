-- Made by `make migration` from the difference between supabase/schemas and the migrations before this one.
set check_function_bodies = off;

-- {session_id, owner_id, questions: [{question_id, number, max_marks, tolerance, text, answer, renamed_from?}],
--  human_marks_by_qid, human_marks_2_by_qid} -> {}. The list replaces all questions. A renamed question keeps its marks.
-- The marks of a question that is new or asked differently become unmarked (reason question_changed) until the session
-- is graded again. Imported marks cannot be obtained again, so they stay: SM409 with {question_ids} for other ids or
-- maxima than theirs.
create or replace function public.configure_questions(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  s public.session := public.idle_session(args);
  imported boolean := coalesce(s.plan ? 'imported', false);
  differing jsonb;
  changed text[];
  removed int;
begin
  perform public.rename_questions(s, args -> 'questions');
  if s.marked_by = 'code' then
    -- What is not said again stays: without its answer code can mark no box.
    args := args || jsonb_build_object('questions', (
      select jsonb_agg(n.value || jsonb_build_object(
        'text', coalesce(n.value ->> 'text', q.text), 'answer', coalesce(n.value ->> 'answer', q.answer)))
      from jsonb_array_elements(args -> 'questions') n
      left join public.question q on q.session_id = s.id and q.question_id = n.value ->> 'question_id'
    ));
    perform public.check_keys(args -> 'questions');
  end if;
  if imported then
    select jsonb_agg(question_id) into differing
    from (select x.question_id, x.max_marks from public.question x where x.session_id = s.id) q
    full join jsonb_to_recordset(args -> 'questions') as n (question_id text, max_marks numeric) using (question_id)
    where q.max_marks is distinct from n.max_marks;
    if differing is not null then
      raise exception 'The marks of this session were imported for its questions: their ids and maxima cannot change.'
        using errcode = 'SM409', detail = 'CONFLICT', hint = jsonb_build_object('question_ids', differing)::text;
    end if;
  end if;
  if s.exam_id is not null then
    perform public.match_exam(s.exam_id, s.id, args -> 'questions');
  end if;
  select array_agg(n.question_id) into changed
  from jsonb_to_recordset(args -> 'questions')
    as n (question_id text, max_marks numeric, text text, answer text)
  left join public.question q on q.session_id = s.id and q.question_id = n.question_id
  where (q.max_marks, q.text, q.answer) is distinct from (n.max_marks, n.text, n.answer);

  delete from public.question q
  where q.session_id = s.id
    and not exists (select from jsonb_array_elements(args -> 'questions') n where n ->> 'question_id' = q.question_id);
  get diagnostics removed = row_count;

  insert into public.question as q (session_id, question_id, number, max_marks, tolerance, text, answer)
  select s.id, n.question_id, n.number, n.max_marks, n.tolerance, n.text, n.answer
  from jsonb_to_recordset(args -> 'questions')
    as n (question_id text, number int, max_marks numeric, tolerance numeric, text text, answer text)
  on conflict (session_id, question_id) do update set
    number = excluded.number, max_marks = excluded.max_marks, tolerance = excluded.tolerance,
    text = excluded.text, answer = excluded.answer
  where (q.number, q.max_marks, q.tolerance, q.text, q.answer)
    is distinct from (excluded.number, excluded.max_marks, excluded.tolerance, excluded.text, excluded.answer);

  insert into public.stats as st (session_id, human_marks_by_qid, human_marks_2_by_qid)
  values (s.id, coalesce(args -> 'human_marks_by_qid', '{}'), coalesce(args -> 'human_marks_2_by_qid', '{}'))
  on conflict (session_id) do update set human_marks_by_qid = excluded.human_marks_by_qid,
    human_marks_2_by_qid = excluded.human_marks_2_by_qid, updated_at = clock_timestamp()
    where (st.human_marks_by_qid, st.human_marks_2_by_qid)
      is distinct from (excluded.human_marks_by_qid, excluded.human_marks_2_by_qid);

  if changed is not null or removed > 0 then
    if not imported then
      perform public.unmark_questions(s, coalesce(changed, '{}'));
      -- More than names changed: no earlier answer counts as one to the questions of now.
      update public.grading_call g set request = g.request - 'content_hash'
      where g.session_id = s.id and g.request ->> 'input_hash' like 'renamed:%';
    end if;
    update public.session set inputs_version = inputs_version + 1, updated_at = clock_timestamp() where id = s.id;
  end if;
  return '{}';
end $$;

-- Whether a stored call was asked with the inputs of a planned one: {input_hash, content_hash} of both. After a rename the ids
-- of the questions may differ, and nothing else.
create or replace function public.has_same_inputs(stored jsonb, planned jsonb) returns boolean
language sql immutable set search_path = '' as $$
  select stored ->> 'input_hash' = planned ->> 'input_hash'
    or (stored ->> 'input_hash' like 'renamed:%'
      and coalesce(stored ->> 'content_hash' = planned ->> 'content_hash', false));
$$;

-- Whether a stored call succeeded with the same inputs and needs no repeat: every question has a mark, or the model
-- declined to mark it. Criteria that name the former ids of renamed questions serve only attempts that need no repeat.
create or replace function public.is_complete(g public.grading_call, request jsonb) returns boolean
language sql stable set search_path = '' as $$
  select g.status = 'succeeded' and public.has_same_inputs(g.request, request) and (
    g.stage = 'assessment' or g.request ->> 'input_hash' = request ->> 'input_hash' or exists (
      select from public.grading_call a
      where a.session_id = g.session_id and a.run = g.run and a.model_name = g.model_name and a.try_index = g.try_index
        and a.stage = 'assessment' and a.status = 'succeeded'
    )
  ) and not exists (
    select from public.result r
    join public.question q on q.session_id = r.session_id and q.question_id = r.question_id
    where (g.stage = 'assessment' or g.request ->> 'input_hash' <> request ->> 'input_hash')
      and r.session_id = g.session_id and r.model_name = g.model_name
      and r.try_index = g.try_index and r.marks_awarded is null
      and not r.validation_errors @> '[{"reason": "abstained"}]'
  );
$$;

-- Makes the calls of one run equal to those of a plan. New calls become pending, complete successes from the same
-- inputs stay, all others become pending again. The costs and answers of a repeated call stay in its row; its marks
-- stay if its inputs are the same.
create or replace function public.plan_calls(of_session uuid, this_run int, calls jsonb) returns void
language sql set search_path = '' as $$
  update public.grading_call g set planned = false where g.session_id = of_session and g.run = this_run and g.planned;

  -- `offset 0` keeps each lookup by index: a plain join is quadratic as long as the tables were never analysed.
  delete from public.result where id = any (array(
    select gone.id
    from jsonb_to_recordset(calls) as c (model_name text, try_index int, stage text, request jsonb)
    cross join lateral (
      select g.status, not public.has_same_inputs(g.request, c.request) as changed
      from public.grading_call g
      where g.session_id = of_session and g.run = this_run
        and (g.model_name, g.try_index, g.stage) = (c.model_name, c.try_index, c.stage)
      offset 0
    ) g
    cross join lateral (
      select r.id from public.result r
      where r.session_id = of_session and r.model_name = c.model_name and r.try_index = c.try_index
        and (g.changed or (g.status <> 'succeeded' and r.marks_awarded is null))
      offset 0
    ) gone
    where c.stage = 'assessment'));

  insert into public.grading_call as g (session_id, run, model_name, try_index, stage, request)
  select of_session, this_run, c.model_name, c.try_index, c.stage, c.request
  from jsonb_to_recordset(calls) as c (model_name text, try_index int, stage text, request jsonb)
  on conflict (session_id, run, model_name, try_index, stage) do update set
    planned = true,
    request = excluded.request,
    status = case when public.is_complete(g, excluded.request) then g.status else 'pending' end,
    first_answer = case
      when g.request ->> 'input_hash' = excluded.request ->> 'input_hash' and g.status not in ('succeeded', 'failed')
      then g.first_answer end,
    error = case when public.is_complete(g, excluded.request) then g.error end,
    finished_at = case when public.is_complete(g, excluded.request) then g.finished_at end;
$$;

-- Gives the questions [{question_id, renamed_from}] of a session that bear their former ids the new ones, with all marks, reviews
-- and human marks. What is renamed already stays. The stored answers name the former ids, so none of them is read anew; a
-- complete one still counts as asked (has_same_inputs). SM422 where neither the former nor the new id is there, or both
-- are.
create or replace function public.rename_questions(s public.session, asked jsonb) returns void
language plpgsql set search_path = '' as $$
declare
  there text[] := array(select q.question_id from public.question q where q.session_id = s.id);
  names jsonb;
  gone text[];
  pass text;
begin
  if there = '{}' and s.exam_id is not null then
    -- The exam has the questions, and its other scripts may have answers to them.
    return;
  end if;
  names := public.renamed_questions(asked, there);
  gone := array(select n.value from jsonb_each_text(names) n where n.value <> all (there));
  if names = '{}' then
    return;
  end if;
  -- Of a question that once bore the new id and was removed.
  delete from public.result r where r.session_id = s.id and r.question_id = any (gone);
  delete from public.earlier_result r where r.session_id = s.id and r.question_id = any (gone);
  update public.review r set withdrawn_at = clock_timestamp()
  where r.session_id = s.id and r.question_id = any (gone) and r.withdrawn_at is null;
  -- In two steps, so that two questions can change names.
  foreach pass in array array[E'\x01', ''] loop
    update public.question q set question_id = pass || coalesce(names ->> q.question_id, substr(q.question_id, 2))
    where q.session_id = s.id and (names ? q.question_id and pass <> '' or q.question_id like E'\x01%');
    update public.result r set question_id = pass || coalesce(names ->> r.question_id, substr(r.question_id, 2))
    where r.session_id = s.id and (names ? r.question_id and pass <> '' or r.question_id like E'\x01%');
    update public.earlier_result r set question_id = pass || coalesce(names ->> r.question_id, substr(r.question_id, 2))
    where r.session_id = s.id and (names ? r.question_id and pass <> '' or r.question_id like E'\x01%');
  end loop;
  update public.review r set question_id = names ->> r.question_id
  where r.session_id = s.id and names ? r.question_id;
  delete from public.answer_lease l where l.session_id = s.id and names ? l.question_id;
  update public.stats st set human_marks_by_qid = public.renamed_marks(st.human_marks_by_qid, names),
    human_marks_2_by_qid = public.renamed_marks(st.human_marks_2_by_qid, names)
  where st.session_id = s.id;
  update public.grading_call g
  set request = g.request || jsonb_build_object('input_hash', 'renamed:' || (g.request ->> 'input_hash'))
  where g.session_id = s.id and g.request ->> 'input_hash' not like 'renamed:%';
  update public.session set inputs_version = inputs_version + 1, updated_at = clock_timestamp() where id = s.id;
end $$;

-- {former id: new id} of the questions [{question_id, renamed_from}] that are still to be renamed, given the ids that are there.
-- SM422 where neither id is there, or where both are and the new one is not renamed itself.
create or replace function public.renamed_questions(asked jsonb, there text[]) returns jsonb
language plpgsql immutable set search_path = '' as $$
declare
  problems jsonb;
  names jsonb;
begin
  select coalesce(jsonb_object_agg(n ->> 'renamed_from', n ->> 'question_id'), '{}') into names
  from jsonb_array_elements(asked) n
  where n ->> 'renamed_from' = any (there) and n ->> 'renamed_from' <> n ->> 'question_id';
  select jsonb_agg(jsonb_build_object('field', format('questions.%s.renamed_from', n.at - 1), 'message',
    case when n.value ->> 'renamed_from' = any (there)
      then format('There is a question %L already.', n.value ->> 'question_id')
      else format('There is no question %L to rename.', n.value ->> 'renamed_from') end))
  into problems
  from jsonb_array_elements(asked) with ordinality as n (value, at)
  where n.value ->> 'renamed_from' <> n.value ->> 'question_id'
    and (n.value ->> 'renamed_from' = any (there)) = (n.value ->> 'question_id' = any (there))
    and not names ? (n.value ->> 'question_id');
  if problems is not null then
    raise exception '%', problems #>> '{0,message}' using errcode = 'SM422',
      detail = 'VALIDATION_ERROR', hint = jsonb_build_object('errors', problems)::text;
  end if;
  return names;
end $$;

revoke all on function public.has_same_inputs(jsonb,jsonb) from public, anon, authenticated, service_role;
grant execute on function public.has_same_inputs(jsonb,jsonb) to service_role;

comment on function public.ping(jsonb) is 'migration 20261128153010';
