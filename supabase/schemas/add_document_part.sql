-- {document_id, part, content: base64} -> {}
create or replace function public.add_document_part(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  insert into public.document_part (document_id, part, content)
  values ((args ->> 'document_id')::uuid, (args ->> 'part')::int, decode(args ->> 'content', 'base64'))
  on conflict (document_id, part) do nothing;
  update public.document set lease_expires_at = clock_timestamp() + interval '1 minute'
  where id = (args ->> 'document_id')::uuid and lease_owner = 'upload';
  return '{}';
end $$;
