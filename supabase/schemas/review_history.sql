-- {exam_id or session_id, owner_id, limit, keeps_blind?, reviewer?} -> [{review_id, session_id, script, question_id, mark,
--  reviewer, user_id, note, blind, reviewed_at, withdrawn_at, withdrawn_by, hidden}], latest first: every review that was ever
-- given, also withdrawn ones. `hidden`: with `keeps_blind`, this reviewer must not know the mark and the note of somebody
-- else, which are null then; see `is_secret.sql`.
create or replace function public.review_history(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  if args ->> 'session_id' is not null then
    perform public.seen_session(args);
  else
    perform public.owned_exam(args);
  end if;
  return (
    select coalesce(jsonb_agg(change.row_json order by change.reviewed_at desc, change.id), '[]')
    from (
      select v.reviewed_at, v.id, jsonb_build_object('review_id', v.id, 'session_id', s.id, 'script', s.name,
        'question_id', v.question_id, 'mark', case when not kept.secret then trim_scale(v.mark) end,
        'reviewer', v.reviewer, 'user_id', v.user_id, 'note', case when not kept.secret then v.note end, 'blind', v.blind,
        'reviewed_at', v.reviewed_at, 'withdrawn_at', v.withdrawn_at, 'withdrawn_by', v.withdrawn_by,
        'hidden', kept.secret) as row_json
      from public.review v
      join public.session s on s.id = v.session_id
      left join public.exam e on e.id = s.exam_id
      cross join lateral (
        select case when (args ->> 'keeps_blind')::boolean
            and (args ->> 'reviewer' is null or public.person(v.reviewer) <> public.person(args ->> 'reviewer'))
          then public.is_secret(e, s.id, v.question_id, args ->> 'reviewer') else false end as secret
      ) kept
      where s.id = (args ->> 'session_id')::uuid or s.exam_id = (args ->> 'exam_id')::uuid
      order by v.reviewed_at desc, v.id
      limit (args ->> 'limit')::int
    ) change
  );
end $$;
