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
