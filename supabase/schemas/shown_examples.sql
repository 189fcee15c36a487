-- {exam_id, owner_id} or {session_id, owner_id} -> {marker: [session ids]}: as `examples_of_exam`, of the exam or of the session's
-- exam.
create or replace function public.shown_examples(args jsonb) returns jsonb
language sql stable set search_path = '' as $$
  select public.examples_of_exam(case
    when args ->> 'session_id' is not null then (public.seen_session(args)).exam_id
    else (public.owned_exam(args)).id
  end);
$$;
