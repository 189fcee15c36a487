-- {exam_id, owner_id, scripts: [{session_id, human, human_2}]} -> {scripts}. Human marks by question id for scripts of an exam;
-- an answer that is not named keeps its mark. Either all marks are stored or none.
create or replace function public.set_human_marks(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  e public.exam := public.owned_exam(args, lock => true);
  n int;
begin
  insert into public.stats as st (session_id, human_marks_by_qid, human_marks_2_by_qid)
  select s.id, script.value -> 'human', script.value -> 'human_2'
  from jsonb_array_elements(args -> 'scripts') script
  join public.session s on s.id = (script.value ->> 'session_id')::uuid and s.exam_id = e.id
  on conflict (session_id) do update set
    human_marks_by_qid = st.human_marks_by_qid || excluded.human_marks_by_qid,
    human_marks_2_by_qid = st.human_marks_2_by_qid || excluded.human_marks_2_by_qid, updated_at = clock_timestamp();
  get diagnostics n = row_count;
  if n <> jsonb_array_length(args -> 'scripts') then
    raise exception 'A script of the file is no longer in the exam.' using errcode = 'SM409', detail = 'CONFLICT';
  end if;
  return jsonb_build_object('scripts', n);
end $$;
