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
