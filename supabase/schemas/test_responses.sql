-- {test_id, owner_id} -> [{script, question_id, key, max_marks, read: [letter, ...], is_current}]: the boxes of every answer sheet
-- of which a letter was read, with what each model read there: null for an empty box, nothing for what could not be read.
create or replace function public.test_responses(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  t public.generated_test := public.owned_test(args);
begin
  return (
    with read as (
      select s.id as session_id, s.created_at, r.question_id, jsonb_agg(r.raw_output -> 'letter') as letters
      from public.session s
      join public.result r on r.session_id = s.id and r.marks_awarded is not null and r.raw_output ? 'letter'
      join public.grading_call g on g.session_id = s.id and g.run = s.run and g.stage = 'assessment' and g.planned
        and g.model_name = r.model_name and g.try_index = r.try_index
      where s.test_id = t.id
      group by s.id, r.question_id
    )
    select coalesce(jsonb_agg(jsonb_build_object(
      'script', q.session_id, 'question_id', q.question_id, 'key', q.answer, 'max_marks', trim_scale(q.max_marks),
      'read', coalesce(r.letters, '[]'),
      'is_current', coalesce((q.answer, q.text) = (tq.correct_option, public.printed_question(tq)), false)
    ) order by q.session_id, q.number), '[]')
    from public.question q
    left join read r on r.session_id = q.session_id and r.question_id = q.question_id
    left join public.test_question tq on tq.test_id = t.id and public.test_question_number(tq)::text = q.question_id
    where q.session_id in (select session_id from read)
  );
end $$;
