-- The entries of {question_id: mark} whose question is one of the given ids.
create or replace function public.marks_of_asked(marks jsonb, asked jsonb) returns jsonb
language sql immutable set search_path = '' as $$
  select coalesce(jsonb_object_agg(m.key, m.value), '{}')
  from jsonb_each(coalesce(marks, '{}')) m
  where exists (select from jsonb_array_elements(asked) q where q ->> 'question_id' = m.key);
$$;
