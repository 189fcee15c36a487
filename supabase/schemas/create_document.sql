-- {document_id, owner_id, name, sha256, content_type, n_parts, error?} -> the document. With an error it is rejected at once;
-- else its status is processing, and no launcher may claim it for a minute while its parts arrive.
create or replace function public.create_document(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  d public.document;
begin
  insert into public.document as d
    (id, owner_id, name, sha256, content_type, n_parts, status, error, finished_at, lease_owner, lease_expires_at)
  values (
    (args ->> 'document_id')::uuid, args ->> 'owner_id', args ->> 'name', args ->> 'sha256', args ->> 'content_type',
    (args ->> 'n_parts')::int, case when args ->> 'error' is null then 'processing' else 'rejected' end,
    args ->> 'error', case when args ->> 'error' is not null then clock_timestamp() end,
    'upload', clock_timestamp() + interval '1 minute'
  )
  -- The same id again is the same request sent twice.
  on conflict (id) do nothing;
  select * into d from public.document o where o.id = (args ->> 'document_id')::uuid;
  return public.document_json(d);
end $$;
