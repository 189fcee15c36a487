-- {exam_id, owner_id, import_id, questions} -> {scripts}. Show everything that an import stored, at once. SM409 for other
-- questions than the exam's, for a human's mark that differs from the stored one, and (SCRIPTS_CAME_MEANWHILE) for
-- scripts that joined the exam after the import began.
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
