-- Whether a worker may take a portion of the session: no process works on the session as a whole, and no other worker
-- on a session under the same limit on costs.
create or replace function public.may_be_shared(s public.session, worker_id text) returns boolean
language sql stable set search_path = '' as $$
  select s.status = 'grading' and (s.lease_owner is null or s.lease_expires_at < clock_timestamp())
    and (s.budget_id is null or not exists (
      select from public.session o
      join public.portion h on h.session_id = o.id
      where o.budget_id = s.budget_id and h.lease_owner <> worker_id));
$$;
