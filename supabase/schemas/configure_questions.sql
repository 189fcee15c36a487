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
