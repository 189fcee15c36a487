-- Gives the questions [{question_id, renamed_from}] of a session that bear their former ids the new ones, with all marks, reviews
-- and human marks. Questions that have the new id already stay. The stored answers name the former ids, so none of them is read anew; a
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
