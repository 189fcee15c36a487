-- Counts attempts that an owner starts today (UTC) and checks the owner's limits of the day. {owner_id, daily_attempts, daily_usd};
-- no owner_id: the operator, who has no limits; null: no limit. SM429 beyond one, with {limit, used} of it.
create or replace function public.charge_day(args jsonb, new_attempts bigint) returns void
language plpgsql set search_path = '' as $$
declare
  today date := (clock_timestamp() at time zone 'UTC')::date;
  used bigint;
  spent numeric;
begin
  if args ->> 'owner_id' is null or new_attempts = 0 then
    return;
  end if;
  insert into public.owner_day as o (owner_id, day, attempts) values (args ->> 'owner_id', today, new_attempts)
  on conflict (owner_id, day) do update set attempts = o.attempts + excluded.attempts
  returning o.attempts into used;
  if used > (args ->> 'daily_attempts')::bigint then
    raise exception 'This start has % attempts. You have started % of the % that you may start on one day (UTC).',
      new_attempts, used - new_attempts, (args ->> 'daily_attempts')::bigint
      using errcode = 'SM429', detail = 'RATE_LIMITED',
      hint = jsonb_build_object('limit', (args ->> 'daily_attempts')::bigint, 'used', used - new_attempts);
  end if;
  if args ->> 'daily_usd' is null then
    return;
  end if;
  spent := public.spent_on(args ->> 'owner_id', today);
  if spent >= (args ->> 'daily_usd')::numeric then
    raise exception 'You have spent % of the % US dollars that you may spend on one day (UTC).',
      round(spent, 4), args ->> 'daily_usd'
      using errcode = 'SM429', detail = 'RATE_LIMITED',
      hint = jsonb_build_object('limit', (args ->> 'daily_usd')::numeric, 'used', round(spent, 4));
  end if;
end $$;
