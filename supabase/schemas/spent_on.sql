-- US dollars that an owner's calls cost on a day (UTC), as far as they are stored. Calls of sessions count on the day
-- of their end, documents and tests on the day on which they were made. The costs of deleted ones are kept with the
-- day.
create or replace function public.spent_on(owner text, on_day date) returns numeric
language sql stable set search_path = '' as $$
  with day as (select on_day::timestamp at time zone 'UTC' as begins)
  select coalesce((select o.deleted_usd from public.owner_day o where o.owner_id = owner and o.day = on_day), 0)
    + coalesce((
      select sum(c.cost) from public.session s
      cross join day
      cross join lateral (
        select sum(g.cost_usd) as cost from public.grading_call g
        where g.session_id = s.id and (g.finished_at is null or g.finished_at >= day.begins)
      ) c
      where s.owner_id = owner and (s.status = 'grading' or s.updated_at >= day.begins)), 0)
    + coalesce((
      select sum(d.cost_usd) from public.document d, day
      where d.owner_id = owner and d.created_at >= day.begins), 0)
    + coalesce((
      select sum(t.cost_usd) from public.generated_test t, day
      where t.owner_id = owner and t.created_at >= day.begins), 0);
$$;
