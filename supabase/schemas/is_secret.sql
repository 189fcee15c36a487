-- Whether the marks of this answer must stay unknown to the reader of a list: the exam has blind or double marking, and
-- the reviewer has not marked the answer yet; without a reviewer, somebody who is to mark it has not.
create or replace function public.is_secret(e public.exam, session_id uuid, question_id text, reviewer text) returns boolean
language sql stable set search_path = '' as $$
  select coalesce(e.blind_marking or e.double_marking, false)
    and count(distinct public.person(v.reviewer)) < case when e.double_marking and is_secret.reviewer is null then 2 else 1 end
  from public.review v
  where v.session_id = is_secret.session_id and v.question_id = is_secret.question_id and v.withdrawn_at is null
    and (is_secret.reviewer is null or public.person(v.reviewer) = public.person(is_secret.reviewer))
$$;
