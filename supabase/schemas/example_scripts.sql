-- {exam_id or session_id, owner_id, examples: [session ids]} -> [{session_id, questions, images, human}]: the parts
-- of these scripts that markers see, with the student's pages only. Sessions of another owner than the exam's or the
-- session's are left out.
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
