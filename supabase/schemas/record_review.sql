-- {session_id, exam_id?, owner_id, review_id, question_id, mark, reviewer, note, user_id, blind} -> {review_id, reviewed_at}. SM404
-- for a question that is not there, or not in that exam, SM422 for a mark above its maximum. The same review_id again
-- is the same review; SM409 if it is the id of another review.
create or replace function public.record_review(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  s public.session := public.owned_session(args);
  q public.question;
  at timestamptz;
begin
  select * into q from public.question where session_id = s.id and question_id = args ->> 'question_id';
  if q.id is null or (args ->> 'exam_id' is not null and s.exam_id is distinct from (args ->> 'exam_id')::uuid) then
    raise exception 'There is no such question.' using errcode = 'SM404', detail = 'NOT_FOUND';
  end if;
  if (args ->> 'mark')::numeric > q.max_marks then
    raise exception 'mark: above the maximum of %.', trim_scale(q.max_marks) using errcode = 'SM422',
      detail = 'VALIDATION_ERROR', hint = jsonb_build_object('errors', jsonb_build_array(jsonb_build_object(
        'field', 'mark', 'message', format('Above the maximum of %s.', trim_scale(q.max_marks)))))::text;
  end if;
  insert into public.review (id, session_id, question_id, mark, reviewer, note, user_id, blind)
  values ((args ->> 'review_id')::uuid, s.id, q.question_id, (args ->> 'mark')::numeric, args ->> 'reviewer', args ->> 'note',
    args ->> 'user_id', coalesce((args ->> 'blind')::boolean, false))
  on conflict (id) do nothing;
  select reviewed_at into at from public.review v
  where v.id = (args ->> 'review_id')::uuid and v.session_id = s.id and v.question_id = q.question_id
    and v.mark = (args ->> 'mark')::numeric;
  if not found then
    raise exception 'review_id: another review has this id; make a new one.' using errcode = 'SM409', detail = 'CONFLICT';
  end if;
  return jsonb_build_object('review_id', args -> 'review_id', 'reviewed_at', at);
end $$;
