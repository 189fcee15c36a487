-- Made by `make migration` from the difference between supabase/schemas and the migrations before this one.
set check_function_bodies = off;

-- {exam_id, owner_id} or {session_id, owner_id} -> {name, questions, examples: {marker: [session ids]},
-- scripts: [script_marks, ...]}: what agreement is computed from. `examples` has no part in the figures of its marker.
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

-- {exam_id or session_id, owner_id} -> {exam_id, scripts: [{session_id, seed, human}], chosen: {marker: [session ids]}}:
-- the scripts of an exam that can be worked examples, those with pages and human marks; and the examples that each
-- marker has in the plan that was started last. The exam is null where the session belongs to none.
create or replace function public.example_candidates(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  of_exam uuid;
begin
  if args ->> 'session_id' is not null then
    of_exam := (public.seen_session(args)).exam_id;
  else
    of_exam := (public.owned_exam(args)).id;
  end if;
  return jsonb_build_object(
    'exam_id', of_exam,
    'scripts', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'session_id', s.id, 'seed', s.seed, 'human', st.human_marks_by_qid) order by s.created_at, s.id), '[]')
      from public.session s
      join public.stats st on st.session_id = s.id and st.human_marks_by_qid <> '{}'
      where s.exam_id = of_exam
        and exists (select from public.image i where i.session_id = s.id and i.role = 'student')
    ),
    'chosen', (
      select coalesce(jsonb_object_agg(latest.marker, latest.examples), '{}')
      from (
        select distinct on (m.value ->> 'key') m.value ->> 'key' as marker, m.value -> 'examples' as examples
        from public.session s
        cross join lateral jsonb_array_elements(s.plan -> 'markers') m
        where s.exam_id = of_exam and m.value ? 'examples'
        order by m.value ->> 'key', s.started_at desc, s.id
      ) latest
    )
  );
end $$;

-- {exam_id or session_id, owner_id, examples: [session ids]} -> [{session_id, questions, images, human}]: what markers see
-- of these scripts, the student's pages alone. Sessions of another owner than the exam's or the session's are left out.
create or replace function public.example_scripts(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  its_owner text;
begin
  if args ->> 'session_id' is not null then
    its_owner := (public.seen_session(args)).owner_id;
  else
    its_owner := (public.owned_exam(args)).owner_id;
  end if;
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'session_id', e.id, 'questions', public.questions_of(e.id), 'human', public.human_marks_of(e.id),
      'images', (
        select coalesce(jsonb_agg(page.value order by page.position), '[]')
        from jsonb_array_elements(public.images_of(e.id)) with ordinality as page (value, position)
        where page.value ->> 'role' = 'student'
      )
    )), '[]')
    from public.session e
    where e.id in (select wanted.value::uuid from jsonb_array_elements_text(args -> 'examples') wanted)
      and e.owner_id is not distinct from its_owner
  );
end $$;

-- {marker: [session ids]}: the scripts of one exam that a marker has seen with the human's marks. No figure of that marker
-- may count them, whichever session's plan shows them.
create or replace function public.examples_of_exam(of_exam uuid) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_object_agg(shown.marker, shown.examples), '{}')
  from (
    select m.value ->> 'key' as marker, jsonb_agg(distinct example.value) as examples
    from public.session s
    cross join lateral jsonb_array_elements(s.plan -> 'markers') m
    cross join lateral jsonb_array_elements(m.value -> 'examples') example
    where s.exam_id = of_exam
    group by m.value ->> 'key'
  ) shown;
$$;

revoke all on function public.example_candidates(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.example_candidates(jsonb) to service_role;

revoke all on function public.example_scripts(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.example_scripts(jsonb) to service_role;

revoke all on function public.examples_of_exam(uuid) from public, anon, authenticated, service_role;
grant execute on function public.examples_of_exam(uuid) to service_role;

comment on function public.ping(jsonb) is 'migration 20261128125114';
