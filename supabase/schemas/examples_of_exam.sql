-- {marker: [session ids]}: the scripts of one exam that a marker has seen with the human's marks. No figure of that marker
-- may count them, whichever session's plan shows them.
create or replace function public.examples_of_exam(of_exam uuid) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_object_agg(shown.marker, shown.examples), '{}')
  from (
    select m.value ->> 'key' as marker, jsonb_agg(distinct example.value) as examples
    from public.session s
    cross join lateral jsonb_array_elements(s.plan -> 'markers') m
    cross join lateral jsonb_array_elements(m.value -> 'examples') example
    where s.exam_id = of_exam
    group by m.value ->> 'key'
  ) shown;
$$;
