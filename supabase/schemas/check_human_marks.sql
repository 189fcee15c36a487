-- Raises SM422 that names each human mark of an unknown question or above its maximum; marks are {question_id: mark} by field.
create or replace function public.check_human_marks(questions jsonb, field text, marks jsonb) returns void
language plpgsql immutable set search_path = '' as $$
declare
  problems jsonb;
begin
  select jsonb_agg(jsonb_build_object('field', format('%s.%s', field, m.key), 'message',
    case when q.value is null then 'There is no such question.'
      else format('%s is above the maximum of %s.', trim_scale(m.value::numeric),
        trim_scale((q.value -> 'max_marks')::numeric)) end))
  into problems
  from jsonb_each(coalesce(marks, '{}')) m
  left join jsonb_array_elements(questions) q on q.value ->> 'question_id' = m.key
  where q.value is null or m.value::numeric > (q.value -> 'max_marks')::numeric;
  if problems is not null then
    raise exception '%', problems #>> '{0,message}' using errcode = 'SM422',
      detail = 'VALIDATION_ERROR', hint = jsonb_build_object('errors', problems)::text;
  end if;
end $$;
