-- The human's marks of one session: {question_id: mark}.
create or replace function public.human_marks_of(of_session uuid) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce((select st.human_marks_by_qid from public.stats st where st.session_id = of_session), '{}');
$$;
