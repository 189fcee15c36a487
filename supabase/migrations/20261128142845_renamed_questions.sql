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
    end if;
    update public.session set inputs_version = inputs_version + 1, updated_at = clock_timestamp() where id = s.id;
  end if;
  return '{}';
end $$;

-- {exam_id, owner_id, name, questions} -> {}. Changes the name of an exam, or its questions, here and in all its
-- sessions. The marks of a question that is new or asked differently become unmarked until it is graded again; all
-- other marks stay, also those of a renamed question (renamed_from). A field that is null keeps its value. SM409 while
-- one of its scripts is being graded; SM422 for a human mark above a lowered maximum.
create or replace function public.edit_exam(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  e public.exam := public.owned_exam(args, lock => true);
  asked jsonb := nullif(args -> 'questions', 'null');
  names jsonb;
  member record;
begin
  update public.exam set name = coalesce(args ->> 'name', name) where id = e.id;
  if asked is null then
    return '{}';
  end if;
  if exists (select from public.session s where s.exam_id = e.id and s.status = 'grading') then
    raise exception 'A script of the exam is being graded; wait until it is done or cancel it.'
      using errcode = 'SM409', detail = 'SESSION_BUSY';
  end if;
  names := public.renamed_questions(asked,
    array(select q.question_id from public.exam_question q where q.exam_id = e.id));
  delete from public.exam_question q where q.exam_id = e.id;
  perform public.set_exam_questions(e.id, asked);
  update public.exam set questions_given = true where id = e.id;
  for member in
    select s.id, public.marks_of_asked(public.renamed_marks(st.human_marks_by_qid, names), asked) as human,
      public.marks_of_asked(public.renamed_marks(st.human_marks_2_by_qid, names), asked) as human_2
    from public.session s left join public.stats st on st.session_id = s.id
    where s.exam_id = e.id order by s.created_at, s.id
  loop
    perform public.check_human_marks(asked, 'human_marks_by_qid', member.human);
    perform public.check_human_marks(asked, 'human_marks_2_by_qid', member.human_2);
    perform public.configure_questions(jsonb_build_object('session_id', member.id, 'questions', asked,
      'human_marks_by_qid', member.human, 'human_marks_2_by_qid', member.human_2));
  end loop;
  return '{}';
end $$;

-- Gives the questions [{question_id, renamed_from}] of a session that bear their former ids the new ones, with all marks, reviews
-- and human marks. What is renamed already stays. The stored answers name the former ids, so that no answer of theirs is
-- read anew or counts as asked already. SM422 where neither the former nor the new id is there, or both are.
create or replace function public.rename_questions(s public.session, asked jsonb) returns void
language plpgsql set search_path = '' as $$
declare
  there text[] := array(select q.question_id from public.question q where q.session_id = s.id);
  names jsonb := public.renamed_questions(asked, there);
  gone text[] := array(select n.value from jsonb_each_text(names) n where n.value <> all (there));
  pass text;
begin
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
  where g.session_id = s.id and g.stage = 'assessment' and g.request ->> 'input_hash' not like 'renamed:%';
  update public.session set inputs_version = inputs_version + 1, updated_at = clock_timestamp() where id = s.id;
end $$;

-- {question_id: mark} under the new ids; names are {former id: new id}.
create or replace function public.renamed_marks(marks jsonb, names jsonb) returns jsonb
language sql immutable set search_path = '' as $$
  select coalesce(jsonb_object_agg(coalesce(names ->> m.key, m.key), m.value), '{}') from jsonb_each(coalesce(marks, '{}')) m;
$$;

-- {former id: new id} of the questions [{question_id, renamed_from}] that are still to be renamed, given the ids that are there.
-- SM422 where neither id is there, or where both are and the new one is not renamed itself.
create or replace function public.renamed_questions(asked jsonb, there text[]) returns jsonb
language plpgsql immutable set search_path = '' as $$
declare
  problems jsonb;
  names jsonb;
begin
  if there = '{}' then
    return '{}';
  end if;
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

revoke all on function public.rename_questions(public.session,jsonb) from public, anon, authenticated, service_role;
grant execute on function public.rename_questions(public.session,jsonb) to service_role;

revoke all on function public.renamed_marks(jsonb,jsonb) from public, anon, authenticated, service_role;
grant execute on function public.renamed_marks(jsonb,jsonb) to service_role;

revoke all on function public.renamed_questions(jsonb,text[]) from public, anon, authenticated, service_role;
grant execute on function public.renamed_questions(jsonb,text[]) to service_role;

comment on function public.ping(jsonb) is 'migration 20261128142845';
