-- {session_id, owner_id, image_id} -> {deleted, files}: whether it was there, and the files that no image names any more. The
-- images behind it move up.
create or replace function public.delete_image(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  s public.session := public.idle_session(args);
  gone public.image;
begin
  delete from public.image i where i.session_id = s.id and i.id::text = args ->> 'image_id' returning * into gone;
  if gone.id is null then
    return '{"deleted": false, "files": []}';
  end if;
  perform public.put_in_order(s.id, gone.role, (
    select array_agg(i.id::text order by i.order_index) from public.image i
    where i.session_id = s.id and i.role = gone.role
  ), (
    select least(min(i.order_index), gone.order_index) from public.image i where i.session_id = s.id and i.role = gone.role
  ));
  perform public.pages_changed(s);
  return jsonb_build_object('deleted', true, 'files', public.unnamed_files(array[gone.storage_path, gone.source_path]));
end $$;
