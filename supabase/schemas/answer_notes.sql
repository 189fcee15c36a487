-- {exam_id or session_id, owner_id, answers: [[session_id, question_id], ...], keeps_blind?, reviewer?} -> [{session_id,
--  question_id, hidden, secret, marks: [{model_name, try_index, marks_awarded, rubric_notes, validation_errors}], reviews: [...]}]: the
-- notes and reviews that a human reads. With `keeps_blind` an answer that `is_secret.sql` finds has no reviews, and with
-- blind marking it is hidden: it has no marks either.
create or replace function public.answer_notes(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  if args ->> 'session_id' is not null then
    perform public.seen_session(args);
  else
    perform public.owned_exam(args);
  end if;
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'session_id', s.id, 'question_id', wanted.value ->> 1, 'hidden', blind.hidden, 'secret', coalesce(told.secret, false),
      'marks', (
        select coalesce(jsonb_agg(jsonb_build_object(
          'model_name', r.model_name, 'try_index', r.try_index, 'marks_awarded', trim_scale(r.marks_awarded),
          'rubric_notes', r.rubric_notes, 'validation_errors', r.validation_errors) order by r.model_name, r.try_index), '[]')
        from public.result r
        join public.grading_call g on g.session_id = s.id and g.run = s.run and g.stage = 'assessment' and g.planned
          and g.model_name = r.model_name and g.try_index = r.try_index
        where r.session_id = s.id and r.question_id = wanted.value ->> 1 and not blind.hidden),
      'reviews', (
        select coalesce(jsonb_agg(jsonb_build_object('mark', trim_scale(v.mark), 'reviewer', v.reviewer, 'note', v.note,
          'reviewed_at', v.reviewed_at) order by v.reviewed_at desc), '[]')
        from public.review v where v.session_id = s.id and v.question_id = wanted.value ->> 1
          and v.withdrawn_at is null and told.secret is not true)
    ) order by wanted.position), '[]')
    from jsonb_array_elements(args -> 'answers') with ordinality as wanted (value, position)
    join public.session s on s.id = (wanted.value ->> 0)::uuid
      and (s.id = (args ->> 'session_id')::uuid or s.exam_id = (args ->> 'exam_id')::uuid)
    left join public.exam e on e.id = s.exam_id
    cross join lateral (
      select (args ->> 'keeps_blind')::boolean
        and public.is_secret(e, s.id, wanted.value ->> 1, args ->> 'reviewer') as secret
    ) told
    cross join lateral (select coalesce(told.secret and e.blind_marking, false) as hidden) blind
  );
end $$;
