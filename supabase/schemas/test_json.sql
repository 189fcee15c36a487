-- One test as clients see it, without its questions; elapsed_time in seconds.
create or replace function public.test_json(t public.generated_test) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'id', t.id, 'document_id', t.document_id, 'name', t.name, 'status', t.status, 'difficulty', t.difficulty,
    'target_questions', t.target_questions, 'questions_generated', t.questions_generated,
    'model', t.models -> 'writer', 'solver_models', t.models -> 'solvers', 'topics', t.models -> 'topics',
    'language', t.models ->> 'language', 'unused_pages', coalesce(t.models -> 'unused_pages', '[]'),
    'notes', coalesce(t.models -> 'notes', '[]'),
    'left_out', coalesce((select d.left_out from public.document d where d.id = t.document_id), '[]'),
    'kinds', coalesce(t.models -> 'kinds', '["single"]'), 'blooms', coalesce(t.models -> 'blooms', '[]'),
    'max_cost_usd', t.models -> 'max_cost_usd',
    'prompt_version', t.prompt_version, 'cost_usd', trim_scale(t.cost_usd), 'failure_reason', t.failure_reason,
    'created_at', t.created_at, 'finished_at', t.finished_at,
    'elapsed_time', round(extract(epoch from coalesce(t.finished_at, clock_timestamp()) - t.created_at), 3)
  );
$$;
