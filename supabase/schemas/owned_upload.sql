-- {path, owner_id} -> {spent}: `spent` says whether the file of the upload has arrived. SM404 if the owner neither uploaded it
-- nor has it as a page of a session. Without owner_id any owner matches. An upload without a record is not spent.
create or replace function public.owned_upload(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  stem_of text := public.upload_stem(args ->> 'path');
  u public.upload;
begin
  select * into u from public.upload o where o.stem = stem_of;
  if args ->> 'owner_id' is not null and u.owner_id is distinct from args ->> 'owner_id' and not exists (
    select from public.image i join public.session s on s.id = i.session_id
    where (left(i.storage_path, 40) = stem_of or left(i.source_path, 40) = stem_of)
      and s.owner_id = args ->> 'owner_id'
  ) then
    raise exception 'There is no such image.' using errcode = 'SM404', detail = 'NOT_FOUND';
  end if;
  return jsonb_build_object('spent', u.spent_at is not null);
end $$;
