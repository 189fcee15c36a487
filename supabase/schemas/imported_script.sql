-- The session that holds one script of an import, found by name or made; gives the script with its session_id. SM409
-- where a human's mark differs from the one the script has.
create or replace function public.imported_script(e public.exam, script jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  known uuid;
  humans public.stats;
begin
  select s.id into known from public.session s
  where s.exam_id = e.id and s.name = script ->> 'name' and s.plan ? 'imported' limit 1;
  if known is null then
    insert into public.session (id, name, status, exam_id, owner_id, plan, run, started_at, finished_at, group_name)
    values ((script ->> 'session_id')::uuid, script ->> 'name', 'graded', e.id, e.owner_id,
      '{"markers": [], "summary": {"model_pairs": null}, "imported": true}', 1, clock_timestamp(), clock_timestamp(), script ->> 'group');
    insert into public.question (session_id, question_id, number, max_marks, tolerance, text, answer)
    select (script ->> 'session_id')::uuid, q.question_id, q.number, q.max_marks, q.tolerance, q.text, q.answer
    from public.exam_question q where q.exam_id = e.id;
    insert into public.stats (session_id, human_marks_by_qid, human_marks_2_by_qid)
    values ((script ->> 'session_id')::uuid, script -> 'human', script -> 'human_2');
    return script;
  end if;
  select * into humans from public.stats st where st.session_id = known;
  if not (humans.human_marks_by_qid || (script -> 'human') @> humans.human_marks_by_qid)
    or not (humans.human_marks_2_by_qid || (script -> 'human_2') @> humans.human_marks_2_by_qid)
  then
    raise exception 'Script % has other human marks already.', script ->> 'name'
      using errcode = 'SM409', detail = 'CONFLICT', hint = jsonb_build_object('script', script -> 'name')::text;
  end if;
  update public.stats set human_marks_by_qid = humans.human_marks_by_qid || (script -> 'human'),
    human_marks_2_by_qid = humans.human_marks_2_by_qid || (script -> 'human_2')
  where session_id = known;
  update public.session set group_name = coalesce(script ->> 'group', group_name) where id = known;
  return script || jsonb_build_object('session_id', known);
end $$;
