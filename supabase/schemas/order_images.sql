-- {session_id, owner_id, role, image_ids} -> {}. Puts a role's images into the given order; SM422 unless the list names each
-- of them once. The same order again changes nothing.
create or replace function public.order_images(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  s public.session := public.idle_session(args);
  given text[] := array(select jsonb_array_elements_text(args -> 'image_ids'));
  there text[];
  first_index int;
begin
  select array_agg(i.id::text order by i.order_index), min(i.order_index) into there, first_index
  from public.image i where i.session_id = s.id and i.role = args ->> 'role';
  if (select array_agg(g order by g) from unnest(given) g) is distinct from (select array_agg(t order by t) from unnest(there) t)
  then
    raise exception 'The list must name each of the % images of this role once.', coalesce(array_length(there, 1), 0)
      using errcode = 'SM422', detail = 'VALIDATION_ERROR', hint = jsonb_build_object('errors', jsonb_build_array(
        jsonb_build_object('field', 'image_ids', 'message', 'must name each image of the role once')))::text;
  end if;
  if given is distinct from there then
    perform public.put_in_order(s.id, args ->> 'role', given, first_index);
    perform public.pages_changed(s);
  end if;
  return '{}';
end $$;
