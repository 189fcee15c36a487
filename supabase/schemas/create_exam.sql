-- {exam_id, name, owner_id, questions} -> {exam_id}
create or replace function public.create_exam(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  insert into public.exam (id, name, owner_id, questions_given)
  values ((args ->> 'exam_id')::uuid, args ->> 'name', args ->> 'owner_id',
    jsonb_array_length(coalesce(args -> 'questions', '[]')) > 0)
  -- The same id again is the same request sent twice.
  on conflict (id) do nothing;
  if found then
    perform public.set_exam_questions((args ->> 'exam_id')::uuid, coalesce(args -> 'questions', '[]'));
  end if;
  return jsonb_build_object('exam_id', args -> 'exam_id');
end $$;
