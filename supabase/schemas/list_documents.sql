-- {limit, offset, owner_id} -> {items, total}, newest first.
create or replace function public.list_documents(args jsonb) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
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
$$;
