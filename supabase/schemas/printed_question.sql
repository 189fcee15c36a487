-- A question with its prompts and options, as a session stores it, so that a later edit of the test does not change it.
create or replace function public.printed_question(q public.test_question) returns text
language sql stable set search_path = '' as $$
  select concat_ws(E'\n', q.question, '1. ' || (q.prompts ->> 0), '2. ' || (q.prompts ->> 1), '3. ' || (q.prompts ->> 2),
    '4. ' || (q.prompts ->> 3), 'A. ' || (q.options ->> 0), 'B. ' || (q.options ->> 1), 'C. ' || (q.options ->> 2),
    'D. ' || (q.options ->> 3));
$$;
