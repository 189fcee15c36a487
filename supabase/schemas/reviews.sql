-- {exam_id or session_id, owner_id, keeps_blind?, reviewer?} -> [{session_id, script, question_id, mark, reviewer, note, reviewed_at, hidden}],
-- latest first, without withdrawn ones. `hidden`: with `keeps_blind`, a list for this reviewer must not show the marks; see `is_secret.sql`.
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
      'mark', trim_scale(v.mark), 'reviewer', v.reviewer, 'note', v.note, 'reviewed_at', v.reviewed_at,
      'hidden', case when (args ->> 'keeps_blind')::boolean
        then public.is_secret(e, s.id, v.question_id, args ->> 'reviewer') else false end)
      order by v.reviewed_at desc, v.id), '[]')
    from public.review v
    join public.session s on s.id = v.session_id
    left join public.exam e on e.id = s.exam_id
    where (s.id = (args ->> 'session_id')::uuid or s.exam_id = (args ->> 'exam_id')::uuid) and v.withdrawn_at is null
  );
end $$;
