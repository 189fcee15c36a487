-- {session_id, owner_id, role, order_index, source_path, pages: [{url, storage_path}]} -> {}. The pages of one upload, in order
-- from order_index on, all or none.
create or replace function public.register_pages(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  page record;
begin
  for page in select value, position from jsonb_array_elements(args -> 'pages') with ordinality as p (value, position) loop
    perform public.register_image((args - 'pages') || page.value
      || jsonb_build_object('order_index', (args ->> 'order_index')::int + page.position - 1));
  end loop;
  return '{}';
end $$;
