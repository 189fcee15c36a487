-- The document named by {document_id, owner_id}; no owner_id means any owner. SM404 when there is none.
create or replace function public.owned_document(args jsonb, lock boolean default false) returns public.document
language plpgsql set search_path = '' as $$
declare
  found_document public.document;
begin
  if lock then
    select * into found_document from public.document d where d.id = (args ->> 'document_id')::uuid for no key update;
  else
    select * into found_document from public.document d where d.id = (args ->> 'document_id')::uuid;
  end if;
  if found_document.id is null
    or (args ->> 'owner_id' is not null and found_document.owner_id is distinct from args ->> 'owner_id')
  then
    raise exception 'There is no such document.' using errcode = 'SM404', detail = 'NOT_FOUND';
  end if;
  return found_document;
end $$;
