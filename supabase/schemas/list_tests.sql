-- {limit, offset, document_id?, owner_id} -> {items, total}, newest first.
-- Each call is planned for its own arguments: one plan for all could not use the owner's index.
create or replace function public.list_tests(args jsonb) returns jsonb
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
begin
  return (with mine as (
    select t.id from public.generated_test t
    where (args ->> 'owner_id' is null or t.owner_id = args ->> 'owner_id')
      and (args ->> 'document_id' is null or t.document_id = (args ->> 'document_id')::uuid)
  )
  select jsonb_build_object(
    'items', (
      select coalesce(jsonb_agg(public.test_json(page) order by page.created_at desc, page.id desc), '[]')
      from (
        select t.* from public.generated_test t join mine using (id)
        order by t.created_at desc, t.id desc
        limit (args ->> 'limit')::int offset (args ->> 'offset')::int
      ) page),
    'total', (select count(*) from mine)
  ));
end $$;
