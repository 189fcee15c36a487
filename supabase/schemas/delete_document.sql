-- {document_id, owner_id} -> {deleted}: whether it was there. SM409 while a test is made from it; tests that are made stay.
create or replace function public.delete_document(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  perform from public.document d where d.id = (args ->> 'document_id')::uuid for update;
  if exists (
    select from public.generated_test t
    where t.document_id = (args ->> 'document_id')::uuid and t.status in ('pending', 'generating')
      and (args ->> 'owner_id' is null or t.owner_id = args ->> 'owner_id')
  ) then
    raise exception 'A test is being made from this document; wait until it is done or cancel it.'
      using errcode = 'SM409', detail = 'CONFLICT';
  end if;
  perform public.keep_spent(d.owner_id, d.cost_usd) from public.document d
  where d.id = (args ->> 'document_id')::uuid and d.created_at >= date_trunc('day', clock_timestamp(), 'UTC')
    and (args ->> 'owner_id' is null or d.owner_id = args ->> 'owner_id');
  delete from public.document d
  where d.id = (args ->> 'document_id')::uuid
    and (args ->> 'owner_id' is null or d.owner_id = args ->> 'owner_id');
  return jsonb_build_object('deleted', found);
end $$;
