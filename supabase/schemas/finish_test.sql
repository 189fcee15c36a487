-- {test_id, lease_owner, failure_reason} -> {finished}. The status becomes completed with all questions, partial with
-- some, failed with none. A completed test stores no reason. Only the lease's holder finishes a test.
create or replace function public.finish_test(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  t public.generated_test;
  n int;
begin
  select * into t from public.generated_test o
  where o.id = (args ->> 'test_id')::uuid and o.status = 'generating' and o.lease_owner = args ->> 'lease_owner'
  for no key update;
  if t.id is null then
    return jsonb_build_object('finished', false);
  end if;
  select count(*) into n from public.test_question q where q.test_id = t.id;
  update public.generated_test set
    status = case when n >= target_questions then 'completed' when n > 0 then 'partial' else 'failed' end,
    failure_reason = case when n < target_questions then args ->> 'failure_reason' end,
    questions_generated = n, lease_owner = null, lease_expires_at = null, finished_at = clock_timestamp()
  where id = t.id;
  perform public.close_attempts(t.id);
  return jsonb_build_object('finished', true);
end $$;
