-- {document_id, lease_owner, lease_seconds} -> {document_id, name, content_type, n_parts, n_stored, owner_id, correlation_id,
-- ocr_pages: [page, ...]}, or null if it is no longer processing or another process holds it. An upload can be claimed
-- once all its parts are stored.
create or replace function public.claim_document(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  d public.document;
  n_stored int;
begin
  select count(*) into n_stored from public.document_part p where p.document_id = (args ->> 'document_id')::uuid;
  update public.document set
    lease_owner = args ->> 'lease_owner',
    lease_expires_at = clock_timestamp() + make_interval(secs => (args ->> 'lease_seconds')::double precision)
  where id = (args ->> 'document_id')::uuid and status = 'processing'
    and (lease_owner is null or lease_owner = args ->> 'lease_owner' or lease_expires_at < clock_timestamp()
      or (lease_owner = 'upload' and n_stored = n_parts))
  returning * into d;
  if d.id is null then
    return null;
  end if;
  return jsonb_build_object(
    'document_id', d.id, 'name', d.name, 'content_type', d.content_type, 'n_parts', d.n_parts, 'n_stored', n_stored,
    'owner_id', d.owner_id, 'correlation_id', d.correlation_id,
    'ocr_pages', (
      select coalesce(jsonb_agg(p.page order by p.page), '[]')
      from public.document_page p where p.document_id = d.id and p.source = 'ocr')
  );
end $$;
