-- {document_id, total_pages, pages: [{page, text, source}], cost_usd, calls?: [{page, raw}]} -> {}. A stored page
-- does not change, except that text that was read off its image replaces its own text. cost_usd is the cost of all
-- calls for the document until now; it counts once, even if it arrives twice or late. `calls` are the replies of the model, each stored
-- once.
create or replace function public.record_pages(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  perform from public.document d where d.id = (args ->> 'document_id')::uuid for no key update;
  if not found then
    return '{}';
  end if;
  insert into public.document_page as p (document_id, page, text, source)
  select (args ->> 'document_id')::uuid, n.page, n.text, n.source
  from jsonb_to_recordset(args -> 'pages') as n (page int, text text, source text)
  on conflict (document_id, page) do update set text = excluded.text, source = excluded.source
  where p.source = 'text' and excluded.source = 'ocr';
  insert into public.document_call (document_id, page, raw)
  select (args ->> 'document_id')::uuid, n.page, n.raw
  from jsonb_to_recordset(coalesce(args -> 'calls', '[]')) as n (page int, raw jsonb)
  where not exists (
    select from public.document_call c
    where c.document_id = (args ->> 'document_id')::uuid and c.page = n.page and c.raw = n.raw);
  update public.document set
    total_pages = (args ->> 'total_pages')::int,
    extracted_pages = (select count(*) from public.document_page p where p.document_id = (args ->> 'document_id')::uuid),
    cost_usd = greatest(cost_usd, (args ->> 'cost_usd')::numeric)
  where id = (args ->> 'document_id')::uuid;
  return '{}';
end $$;
