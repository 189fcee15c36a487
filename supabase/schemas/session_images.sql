-- {session_id, owner_id} -> [{role, url, order_index, storage_path}], students' pages first, each role in order.
create or replace function public.session_images(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  s public.session := public.seen_session(args);
begin
  return public.images_of(s.id);
end $$;
