-- The waiting portion that is next for a worker; null if there is none. Owners take turns by the number of their
-- attempts that workers hold, then the sessions of an owner by theirs; seeds come first, because others wait for them.
-- All sessions under one limit on costs are worked on by one worker, which counts their costs.
create or replace function public.claimable_portion(worker_id text) returns uuid
language plpgsql stable set search_path = '' as $$
declare
  owner text;
  found_portion uuid;
begin
  for owner in
    with recursive waiting (owner_id) as (
      (select p.owner_id from public.portion p where p.lease_owner is null order by p.owner_id limit 1)
      union all
      select (
        select p.owner_id from public.portion p
        where p.lease_owner is null and p.owner_id > w.owner_id order by p.owner_id limit 1)
      from waiting w where w.owner_id is not null
    )
    select w.owner_id from waiting w
    where w.owner_id is not null
    order by (
      select coalesce(sum(h.n_attempts), 0) from public.portion h
      where h.lease_owner is not null and h.owner_id = w.owner_id), w.owner_id
  loop
    select p.id into found_portion
    from public.portion p
    join public.session s on s.id = p.session_id
    where p.lease_owner is null and p.owner_id = owner
      and (p.seed and s.stop_reason is null or not exists (
        select from public.portion h where h.session_id = p.session_id and h.lease_owner is not null))
      and public.may_be_shared(s, worker_id)
    order by p.seed desc, p.started_at, p.number limit 1;
    if found_portion is null then
      select p.id into found_portion
      from public.portion p
      join public.session s on s.id = p.session_id
      where p.lease_owner is null and p.owner_id = owner
        and s.stop_reason is null and public.may_be_shared(s, worker_id)
      order by p.seed desc, (
        select sum(h.n_attempts) from public.portion h
        where h.session_id = p.session_id and h.lease_owner is not null), p.started_at, p.number limit 1;
    end if;
    if found_portion is not null then
      return found_portion;
    end if;
  end loop;
  return null;
end $$;
