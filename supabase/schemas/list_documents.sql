-- {limit, offset, owner_id} -> {items, total}, newest first.
-- Each call is planned for its own arguments: one plan for all could not use the owner's index.
create or replace function public.list_documents(args jsonb) returns jsonb
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
begin
  return jsonb_build_object(
    'items', (
      select coalesce(jsonb_agg(public.document_json(page) order by page.created_at desc, page.id desc), '[]')
      from (
        select * from public.document d
        where args ->> 'owner_id' is null or d.owner_id = args ->> 'owner_id'
        order by d.created_at desc, d.id desc
        limit (args ->> 'limit')::int offset (args ->> 'offset')::int
      ) page),
    'total', (
      select count(*) from public.document d where args ->> 'owner_id' is null or d.owner_id = args ->> 'owner_id')
  );
end $$;
