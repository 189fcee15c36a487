-- {test_id, owner_id} -> {deleted}: whether it was there. Sessions that were made from it stay.
create or replace function public.delete_test(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  perform public.keep_spent(t.owner_id, t.cost_usd) from public.generated_test t
  where t.id = (args ->> 'test_id')::uuid and t.created_at >= date_trunc('day', clock_timestamp(), 'UTC')
    and (args ->> 'owner_id' is null or t.owner_id = args ->> 'owner_id');
  delete from public.generated_test t
  where t.id = (args ->> 'test_id')::uuid
    and (args ->> 'owner_id' is null or t.owner_id = args ->> 'owner_id');
  return jsonb_build_object('deleted', found);
end $$;
