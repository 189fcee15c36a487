-- {document_id, owner_id} -> {document, pages: [{page, text, source}]}, in order.
create or replace function public.document_text(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  d public.document := public.owned_document(args);
begin
  return jsonb_build_object('document', public.document_json(d), 'pages', (
    select coalesce(jsonb_agg(jsonb_build_object('page', p.page, 'text', p.text, 'source', p.source) order by p.page), '[]')
    from public.document_page p where p.document_id = d.id
  ));
end $$;
