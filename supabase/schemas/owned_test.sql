-- The test named by {test_id, owner_id}; no owner_id means any owner. SM404 when there is none.
create or replace function public.owned_test(args jsonb, lock boolean default false) returns public.generated_test
language plpgsql set search_path = '' as $$
declare
  found_test public.generated_test;
begin
  if lock then
    select * into found_test from public.generated_test t where t.id = (args ->> 'test_id')::uuid for no key update;
  else
    select * into found_test from public.generated_test t where t.id = (args ->> 'test_id')::uuid;
  end if;
  if found_test.id is null or (args ->> 'owner_id' is not null and found_test.owner_id is distinct from args ->> 'owner_id')
  then
    raise exception 'There is no such test.' using errcode = 'SM404', detail = 'NOT_FOUND';
  end if;
  return found_test;
end $$;
