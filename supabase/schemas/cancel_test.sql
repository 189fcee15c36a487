-- {test_id, owner_id, reason} -> {}. Final: the process that makes the test sees that it is over. SM409 if it was over before.
create or replace function public.cancel_test(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  t public.generated_test := public.owned_test(args, lock => true);
begin
  if t.status not in ('pending', 'generating') then
    raise exception 'The test is not being made.' using errcode = 'SM409', detail = 'CONFLICT';
  end if;
  update public.generated_test set
    status = 'failed', failure_reason = args ->> 'reason', lease_owner = null, lease_expires_at = null,
    finished_at = clock_timestamp()
  where id = t.id;
  perform public.close_attempts(t.id);
  return '{}';
end $$;
