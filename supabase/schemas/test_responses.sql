-- {test_id, owner_id} -> [{session_id, question_id, letter}]: every letter that was read in a box, null for an empty one. What
-- could not be read is left out.
create or replace function public.test_responses(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  t public.generated_test := public.owned_test(args);
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'session_id', s.id, 'question_id', r.question_id, 'letter', r.raw_output -> 'letter') order by s.created_at, s.id), '[]')
    from public.session s
    join public.result r on r.session_id = s.id and r.marks_awarded is not null and r.raw_output ? 'letter'
    join public.grading_call g on g.session_id = s.id and g.run = s.run and g.stage = 'assessment' and g.planned
      and g.model_name = r.model_name and g.try_index = r.try_index
    where s.test_id = t.id
  );
end $$;
