-- Raises SM422 that names each question whose answer is neither a letter nor a key of several letters: code compares the answers with it.
create or replace function public.check_keys(questions jsonb) returns void
language plpgsql immutable set search_path = '' as $$
declare
  problems jsonb;
begin
  select jsonb_agg(jsonb_build_object(
    'field', format('questions.%s.answer', n.position - 1), 
    'message', 'Must be A, B, C or D, or several such as A,C or 1C,2A: code marks this session.'))
  into problems
  from jsonb_array_elements(questions) with ordinality as n (value, position)
  where coalesce(n.value ->> 'answer', '') !~ '^([A-D]|[A-D](,[A-D])+|1[A-D](,[2-4][A-D])+)$';
  if problems is not null then
    raise exception 'answer: must be a letter or several: code marks this session.' using errcode = 'SM422',
      detail = 'VALIDATION_ERROR', hint = jsonb_build_object('errors', problems)::text;
  end if;
end $$;
