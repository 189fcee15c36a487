-- Made by `make migration` from the difference between supabase/schemas and the migrations before this one.
set check_function_bodies = off;

alter table public.document add column left_out jsonb default '[]'::jsonb not null;

-- One document as clients see it; elapsed_time in seconds.
create or replace function public.document_json(d public.document) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'id', d.id, 'name', d.name, 'status', d.status, 'content_type', d.content_type, 'sha256', d.sha256,
    'total_pages', d.total_pages, 'extracted_pages', d.extracted_pages, 'word_count', d.word_count,
    'character_count', d.character_count, 'cost_usd', trim_scale(d.cost_usd), 'extraction_error', d.error,
    'left_out', d.left_out,
    'created_at', d.created_at, 'finished_at', d.finished_at,
    'elapsed_time', round(extract(epoch from coalesce(d.finished_at, clock_timestamp()) - d.created_at), 3)
  );
$$;

-- {document_id, lease_owner, status, error, word_count, character_count, left_out?} -> {finished}. The file goes: its text is
-- what is needed of it. Only the lease's holder finishes a document.
create or replace function public.finish_document(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  done boolean;
begin
  update public.document set
    status = args ->> 'status', error = args ->> 'error', word_count = (args ->> 'word_count')::int,
    character_count = (args ->> 'character_count')::int, left_out = coalesce(args -> 'left_out', '[]'),
    lease_owner = null, lease_expires_at = null,
    finished_at = clock_timestamp()
  where id = (args ->> 'document_id')::uuid and status = 'processing' and lease_owner = args ->> 'lease_owner';
  done := found;
  if done then
    delete from public.document_part p where p.document_id = (args ->> 'document_id')::uuid;
  end if;
  return jsonb_build_object('finished', done);
end $$;

-- One test as clients see it, without its questions; elapsed_time in seconds.
create or replace function public.test_json(t public.generated_test) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'id', t.id, 'document_id', t.document_id, 'name', t.name, 'status', t.status, 'difficulty', t.difficulty,
    'target_questions', t.target_questions, 'questions_generated', t.questions_generated,
    'model', t.models -> 'writer', 'solver_models', t.models -> 'solvers', 'topics', t.models -> 'topics',
    'language', t.models ->> 'language', 'unused_pages', coalesce(t.models -> 'unused_pages', '[]'),
    'prompt_version', t.prompt_version, 'cost_usd', trim_scale(t.cost_usd), 'failure_reason', t.failure_reason,
    'created_at', t.created_at, 'finished_at', t.finished_at,
    'elapsed_time', round(extract(epoch from coalesce(t.finished_at, clock_timestamp()) - t.created_at), 3)
  );
$$;

comment on function public.ping(jsonb) is 'migration 20261128103758';
