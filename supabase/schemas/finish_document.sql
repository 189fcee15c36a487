-- {document_id, lease_owner, status, error, word_count, character_count, left_out?} -> {finished}. The file is deleted,
-- because only its text is needed. Only the lease's holder finishes a document.
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
