-- SM413 where an owner's files and `more` bytes have more than `quota`. No owner: the operator, who has none; null: no quota.
create or replace function public.check_quota(owner text, more bigint, quota bigint) returns void
language plpgsql stable set search_path = '' as $$
declare
  used bigint;
begin
  if owner is null or quota is null or more <= 0 then
    return;
  end if;
  select coalesce(sum(u.bytes), 0) into used from public.upload u where u.owner_id = owner;
  if used + more > quota then
    raise exception 'Your scans have % of the % bytes that one user may store (OWNER_STORAGE_BYTES). Delete sessions; '
      'their scans stop counting within a day.', used, quota
      using errcode = 'SM413', detail = 'PAYLOAD_TOO_LARGE', hint = jsonb_build_object('limit', quota, 'used', used);
  end if;
end $$;
