-- {session_id, name, owner_id, exam_id, group, selected_rubric_template, selected_assessment_template} -> {session_id, status}
-- A session of an exam begins with the exam's questions and belongs to the exam's owner, also if another caller adds
-- it. SM422 with the field for an unknown template (`default` is always known), SM404 for an unknown exam.
create or replace function public.create_session(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  missing text;
  owner text := args ->> 'owner_id';
begin
  if args ->> 'exam_id' is not null then
    owner := (public.owned_exam(args)).owner_id;
  end if;
  select 'selected_' || wanted.kind || '_template' into missing
  from (values ('rubric'), ('assessment')) as wanted (kind)
  where coalesce(args ->> ('selected_' || wanted.kind || '_template'), 'default') <> 'default' and not exists (
    select from public.template_of(wanted.kind, args ->> ('selected_' || wanted.kind || '_template'), owner)
  )
  limit 1;
  if missing is not null then
    raise exception '%: there is no template %.', missing, args ->> missing using
      errcode = 'SM422', detail = 'VALIDATION_ERROR',
      hint = jsonb_build_object('errors', jsonb_build_array(jsonb_build_object(
        'field', missing, 'message', 'There is no such template.')))::text;
  end if;
  insert into public.session as s (id, name, owner_id, exam_id, group_name, selected_rubric_template, selected_assessment_template)
  values (
    (args ->> 'session_id')::uuid, args ->> 'name', owner, (args ->> 'exam_id')::uuid, args ->> 'group',
    coalesce(args ->> 'selected_rubric_template', 'default'),
    coalesce(args ->> 'selected_assessment_template', 'default')
  )
  -- The same id again is the same request sent twice.
  on conflict (id) do nothing;
  insert into public.question (session_id, question_id, number, max_marks, tolerance, text, answer)
  select (args ->> 'session_id')::uuid, e.question_id, e.number, e.max_marks, e.tolerance, e.text, e.answer
  from public.exam_question e where e.exam_id = (args ->> 'exam_id')::uuid
  on conflict (session_id, question_id) do nothing;
  return jsonb_build_object('session_id', args -> 'session_id', 'status', 'created');
end $$;
