-- Numbers a role's images from first_index on as `ids` lists them. It takes two steps, because no two images may have the same place in between.
create or replace function public.put_in_order(of_session uuid, of_role text, ids text[], first_index int) returns void
language plpgsql set search_path = '' as $$
begin
  update public.image i set order_index = i.order_index + 1000000000
  where i.session_id = of_session and i.role = of_role;
  update public.image i set order_index = first_index + l.position - 1
  from unnest(ids) with ordinality as l (id, position)
  where i.session_id = of_session and i.role = of_role and i.id::text = l.id;
end $$;
