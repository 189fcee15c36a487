-- {test_id, owner_id, question_id, changes: {question?, options?, ...}, findings?} -> the question. Fields that are
-- not named stay, except texts that argue for another key. A reason moves with the text of its option; it is deleted
-- if the option is gone or became the key. Explanation and quote are deleted if the text of the key changed. Reasons
-- change letter by letter; an empty one is deleted. `checks` names all this. SM404 where there is no such question,
-- SM422 for a reason against the key.
create or replace function public.edit_test_question(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  t public.generated_test := public.owned_test(args);
  c jsonb := args -> 'changes';
  o public.test_question;
  n public.test_question;
  argued text;
begin
  select * into o from public.test_question q
  where q.test_id = t.id and q.id = (args ->> 'question_id')::uuid for update;
  if o.id is null then
    raise exception 'There is no such question.' using errcode = 'SM404', detail = 'NOT_FOUND';
  end if;
  n := jsonb_populate_record(o, c - 'why_wrong');
  select w.key into argued from jsonb_each_text(c -> 'why_wrong') w
  where w.value <> '' and n.kind <> 'matching' and w.key = any (string_to_array(n.correct_option, ',')) limit 1;
  if argued is not null then
    raise exception 'why_wrong.%: this is the right option.', argued using
      errcode = 'SM422', detail = 'VALIDATION_ERROR',
      hint = jsonb_build_object('errors', jsonb_build_array(jsonb_build_object(
        'field', 'why_wrong.' || argued, 'message', 'This is the right option.')))::text;
  end if;
  select coalesce(jsonb_object_agg(w.letter, w.why), '{}') into n.why_wrong
  from (
    select chr(64 + a.at::int) as letter,
      coalesce(c -> 'why_wrong' ->> chr(64 + a.at::int), o.why_wrong ->> chr(64 + b.at::int)) as why
    from jsonb_array_elements_text(n.options) with ordinality a (option, at)
    left join jsonb_array_elements_text(o.options) with ordinality b (option, at) on b.option = a.option
  ) w
  where w.why <> '' and (n.kind = 'matching' or w.letter <> all (string_to_array(n.correct_option, ',')));
  if public.right_texts(n) <> public.right_texts(o) then
    n.explanation := coalesce(c ->> 'explanation', '');
    n.quote := '';
    n.page := null;
  end if;
  update public.test_question q set
    question = n.question, options = n.options, correct_option = n.correct_option, why_wrong = n.why_wrong,
    explanation = n.explanation, difficulty = n.difficulty, topic = n.topic, max_marks = n.max_marks, quote = n.quote,
    page = n.page, prompts = n.prompts, checks = public.edited_checks(o, n, c, args -> 'findings'), state = 'edited', updated_at = clock_timestamp()
  where q.id = o.id returning * into n;
  return public.test_question_json(n);
end $$;
