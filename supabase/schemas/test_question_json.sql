-- One question as clients see it.
create or replace function public.test_question_json(q public.test_question) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'id', q.id, 'slot', q.slot, 'number', public.test_question_number(q), 'question', q.question, 'options', q.options, 'correct_option', q.correct_option,
    'why_wrong', q.why_wrong, 'explanation', q.explanation, 'difficulty', q.difficulty, 'topic', q.topic,
    'bloom', q.bloom, 'page', q.page, 'quote', q.quote, 'max_marks', trim_scale(q.max_marks), 'checks', q.checks,
    'state', q.state, 'kind', q.kind, 'prompts', q.prompts, 'created_at', q.created_at, 'updated_at', q.updated_at
  );
$$;
