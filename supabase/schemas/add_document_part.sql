-- {document_id, part, content: base64, queued, correlation_id} -> {}. If it is queued, the last part comes with a job of procrastinate.
create or replace function public.add_document_part(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  insert into public.document_part (document_id, part, content)
  values ((args ->> 'document_id')::uuid, (args ->> 'part')::int, decode(args ->> 'content', 'base64'))
  on conflict (document_id, part) do nothing;
  update public.document set lease_expires_at = clock_timestamp() + interval '1 minute'
  where id = (args ->> 'document_id')::uuid and lease_owner = 'upload';
  if (args ->> 'queued')::boolean and exists (
    select from public.document d
    where d.id = (args ->> 'document_id')::uuid and d.status = 'processing'
      and d.n_parts = (select count(*) from public.document_part p where p.document_id = d.id)
  ) then
    -- A worker that hears nothing finds it by looking.
    update public.document set
      lease_owner = null, lease_expires_at = null, correlation_id = args ->> 'correlation_id'
    where id = (args ->> 'document_id')::uuid and lease_owner = 'upload';
    perform public.wake_workers('read_document', jsonb_build_object(
      'id', args ->> 'document_id', 'correlation_id', args ->> 'correlation_id'), 1);
  end if;
  return '{}';
end $$;
