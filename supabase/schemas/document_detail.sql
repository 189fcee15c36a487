-- {document_id, owner_id} -> the document.
create or replace function public.document_detail(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return public.document_json(public.owned_document(args));
end $$;
