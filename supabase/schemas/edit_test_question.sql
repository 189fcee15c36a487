-- {test_id, owner_id, question_id, changes: {question?, options?, ...}} -> the question. What is not named stays; what the
-- gates said stays too, and the state says that a human had a hand in it. SM404 where there is no such question.
create or replace function public.edit_test_question(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  t public.generated_test := public.owned_test(args);
  c jsonb := args -> 'changes';
  q public.test_question;
begin
  update public.test_question o set
    question = coalesce(c ->> 'question', o.question), options = coalesce(c -> 'options', o.options),
    correct_option = coalesce(c ->> 'correct_option', o.correct_option),
    why_wrong = coalesce(c -> 'why_wrong', o.why_wrong), explanation = coalesce(c ->> 'explanation', o.explanation),
    difficulty = coalesce(c ->> 'difficulty', o.difficulty), topic = coalesce(c ->> 'topic', o.topic),
    max_marks = coalesce((c ->> 'max_marks')::numeric, o.max_marks), state = 'edited', updated_at = clock_timestamp()
  where o.test_id = t.id and o.id = (args ->> 'question_id')::uuid
  returning * into q;
  if q.id is null then
    raise exception 'There is no such question.' using errcode = 'SM404', detail = 'NOT_FOUND';
  end if;
  return public.test_question_json(q);
end $$;
