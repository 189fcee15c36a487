-- Adds the cost of rows that are about to be deleted to their owner's spending of the day: a deletion gives no money back.
create or replace function public.keep_spent(owner text, usd numeric) returns void
language sql set search_path = '' as $$
  insert into public.owner_day as o (owner_id, day, deleted_usd)
  select owner, (clock_timestamp() at time zone 'UTC')::date, usd where owner is not null and usd > 0
  on conflict (owner_id, day) do update set deleted_usd = o.deleted_usd + excluded.deleted_usd;
$$;
