-- {session_id, owner_id, role, url, order_index, storage_path, source_path} -> {}. The lock on the session's row keeps the order without gaps.
-- A role's images start at 0 or 1, because some clients count from 0 and others from 1, and have no gaps. Image 0 may come after image 1: they
-- may have been sent at the same time.
create or replace function public.register_image(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  s public.session := public.owned_session(args);
  known public.image;
  got int := (args ->> 'order_index')::int;
  first_index int;
  last_index int;
begin
  select * into known from public.image i where i.session_id = s.id and i.url = args ->> 'url';
  if found then
    if known.role = args ->> 'role' and known.order_index = got then
      return '{}';
    end if;
    raise exception 'This image is already registered as % image %.', known.role, known.order_index
      using errcode = 'SM409', detail = 'CONFLICT';
  end if;
  perform public.idle_session(args);
  select min(i.order_index), max(i.order_index) into first_index, last_index
  from public.image i where i.session_id = s.id and i.role = args ->> 'role';
  if exists (
    select from public.image i where i.session_id = s.id and i.role = args ->> 'role' and i.order_index = got
  ) then
    raise exception 'Another image is registered at this place.' using errcode = 'SM400', detail = 'ORDER_INDEX_TAKEN';
  end if;
  if (last_index is null and got > 1) or (got <> last_index + 1 and not (got = 0 and first_index = 1)) then
    raise exception 'Images are numbered without gaps.' using
      errcode = 'SM400', detail = 'NON_CONTIGUOUS_ORDER_INDEX',
      hint = jsonb_build_object('expected', coalesce(last_index + 1, 0), 'got', got, 'role', args ->> 'role')::text;
  end if;
  insert into public.image (session_id, role, url, storage_path, source_path, order_index)
  values (s.id, args ->> 'role', args ->> 'url', args ->> 'storage_path', args ->> 'source_path', got);
  perform public.pages_changed(s);
  return '{}';
end $$;
