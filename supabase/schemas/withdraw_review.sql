-- {session_id, exam_id?, owner_id, question_id, review_id?, withdrawn_by} -> {review_id, final_mark}: withdraws the named review,
-- else the latest of the answer. It stays stored with who withdrew it and when. A review that was withdrawn before gives the
-- same answer. `final_mark` is the mark that counts now; null if no review is left. SM404 if there is no review to withdraw.
create or replace function public.withdraw_review(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  s public.session := public.owned_session(args);
  withdrawn uuid;
begin
  if args ->> 'exam_id' is null or s.exam_id is not distinct from (args ->> 'exam_id')::uuid then
    select v.id into withdrawn from public.review v
    where v.session_id = s.id and v.question_id = args ->> 'question_id'
      and case when args ->> 'review_id' is null then v.withdrawn_at is null else v.id = (args ->> 'review_id')::uuid end
    order by v.reviewed_at desc, v.id limit 1;
  end if;
  if withdrawn is null then
    raise exception 'There is no such review.' using errcode = 'SM404', detail = 'NOT_FOUND';
  end if;
  update public.review v set withdrawn_at = clock_timestamp(), withdrawn_by = args ->> 'withdrawn_by'
  where v.id = withdrawn and v.withdrawn_at is null;
  return jsonb_build_object('review_id', withdrawn, 'final_mark', (
    select trim_scale(v.mark) from public.review v
    where v.session_id = s.id and v.question_id = args ->> 'question_id' and v.withdrawn_at is null
    order by v.reviewed_at desc, v.id limit 1));
end $$;
