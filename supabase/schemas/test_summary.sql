-- {test_id, owner_id} -> the test without its questions.
create or replace function public.test_summary(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return public.test_json(public.owned_test(args));
end $$;
