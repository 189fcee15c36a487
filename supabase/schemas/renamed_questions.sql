-- {former id: new id} of the questions [{question_id, renamed_from}] that are still to be renamed, given the ids that are there.
-- SM422 where neither id is there, or where both are and the new one is not renamed itself.
create or replace function public.renamed_questions(asked jsonb, there text[]) returns jsonb
language plpgsql immutable set search_path = '' as $$
declare
  problems jsonb;
  names jsonb;
begin
  select coalesce(jsonb_object_agg(n ->> 'renamed_from', n ->> 'question_id'), '{}') into names
  from jsonb_array_elements(asked) n
  where n ->> 'renamed_from' = any (there) and n ->> 'renamed_from' <> n ->> 'question_id';
  select jsonb_agg(jsonb_build_object('field', format('questions.%s.renamed_from', n.at - 1), 'message',
    case when n.value ->> 'renamed_from' = any (there)
      then format('There is a question %L already.', n.value ->> 'question_id')
      else format('There is no question %L to rename.', n.value ->> 'renamed_from') end))
  into problems
  from jsonb_array_elements(asked) with ordinality as n (value, at)
  where n.value ->> 'renamed_from' <> n.value ->> 'question_id'
    and (n.value ->> 'renamed_from' = any (there)) = (n.value ->> 'question_id' = any (there))
    and not names ? (n.value ->> 'question_id');
  if problems is not null then
    raise exception '%', problems #>> '{0,message}' using errcode = 'SM422',
      detail = 'VALIDATION_ERROR', hint = jsonb_build_object('errors', problems)::text;
  end if;
  return names;
end $$;
