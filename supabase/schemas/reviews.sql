-- {exam_id or session_id, owner_id} -> [{session_id, script, question_id, mark, reviewer, note,
-- reviewed_at}], latest first, without withdrawn ones
create or replace function public.reviews(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  if args ->> 'session_id' is not null then
    perform public.seen_session(args);
  else
    perform public.owned_exam(args);
  end if;
  return (
    select coalesce(jsonb_agg(jsonb_build_object('session_id', s.id, 'script', s.name, 'question_id', v.question_id,
      'mark', trim_scale(v.mark), 'reviewer', v.reviewer, 'note', v.note, 'reviewed_at', v.reviewed_at)
      order by v.reviewed_at desc, v.id), '[]')
    from public.review v
    join public.session s on s.id = v.session_id
    where (s.id = (args ->> 'session_id')::uuid or s.exam_id = (args ->> 'exam_id')::uuid) and v.withdrawn_at is null
  );
end $$;
