-- {exam_id, owner_id} or {session_id, owner_id} -> {name, questions, examples: {marker: [session ids]},
-- scripts: [script_marks, ...]}: the input of the agreement figures. The figures of a marker leave out its
-- `examples`.
create or replace function public.exam_marks(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  e public.exam;
  s public.session;
  question_ids text[];
begin
  if args ->> 'session_id' is not null then
    s := public.seen_session(args);
    select array_agg(q.question_id order by q.number) into question_ids from public.question q where q.session_id = s.id;
    return jsonb_build_object('name', s.name, 'questions', public.questions_of(s.id),
      'examples', public.examples_of_exam(s.exam_id), 'scripts', jsonb_build_array(public.script_marks(s, question_ids)));
  end if;
  e := public.owned_exam(args);
  select array_agg(q.question_id order by q.number) into question_ids from public.exam_question q where q.exam_id = e.id;
  return jsonb_build_object('name', e.name, 'questions', public.exam_questions_of(e.id),
    'examples', public.examples_of_exam(e.id), 'scripts', (
    select coalesce(jsonb_agg(public.script_marks(member, question_ids) order by member.created_at, member.id), '[]')
    from public.session member where member.exam_id = e.id
  ));
end $$;
