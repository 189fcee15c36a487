-- {document_id, total_pages, pages: [{page, text, source}], cost_usd} -> {}. A page that is stored already stays as it is, and
-- is not paid twice.
create or replace function public.record_pages(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  added int;
begin
  perform from public.document d where d.id = (args ->> 'document_id')::uuid for no key update;
  if not found then
    return '{}';
  end if;
  insert into public.document_page (document_id, page, text, source)
  select (args ->> 'document_id')::uuid, n.page, n.text, n.source
  from jsonb_to_recordset(args -> 'pages') as n (page int, text text, source text)
  on conflict (document_id, page) do nothing;
  get diagnostics added = row_count;
  update public.document set
    total_pages = (args ->> 'total_pages')::int,
    extracted_pages = (select count(*) from public.document_page p where p.document_id = (args ->> 'document_id')::uuid),
    cost_usd = cost_usd + case when added > 0 then (args ->> 'cost_usd')::numeric else 0 end
  where id = (args ->> 'document_id')::uuid;
  return '{}';
end $$;
