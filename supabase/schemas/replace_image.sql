-- {session_id, owner_id, image_id, url, storage_path, source_path} -> {files}: another page at the same place; the files that no
-- image names any more. SM404 where there is no such image.
create or replace function public.replace_image(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  s public.session := public.idle_session(args);
  old public.image;
begin
  select * into old from public.image i where i.session_id = s.id and i.id::text = args ->> 'image_id';
  if old.id is null then
    raise exception 'There is no such image.' using errcode = 'SM404', detail = 'NOT_FOUND';
  end if;
  if old.url = args ->> 'url' then
    return '{"files": []}';
  end if;
  if exists (select from public.image i where i.session_id = s.id and i.url = args ->> 'url') then
    raise exception 'This image is already registered.' using errcode = 'SM409', detail = 'CONFLICT';
  end if;
  update public.image i set url = args ->> 'url', storage_path = args ->> 'storage_path', source_path = args ->> 'source_path'
  where i.id = old.id;
  perform public.pages_changed(s);
  return jsonb_build_object('files', public.unnamed_files(array[old.storage_path, old.source_path]));
end $$;
