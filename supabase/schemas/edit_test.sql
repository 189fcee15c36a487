-- {test_id, owner_id, name} -> the test without its questions.
create or replace function public.edit_test(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  t public.generated_test := public.owned_test(args, lock => true);
begin
  update public.generated_test set name = args ->> 'name' where id = t.id returning * into t;
  return public.test_json(t);
end $$;
