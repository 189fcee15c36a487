-- Leaves the first `n` attempts to a portion, and the others to a new one that waits.
create or replace function public.cut_portion(of_portion uuid, n int) returns void
language plpgsql set search_path = '' as $$
begin
  insert into public.portion
    (session_id, run, number, attempts, n_attempts, divisible, owner_id, seed, started_at)
  select p.session_id, p.run, (select max(o.number) + 1 from public.portion o where o.session_id = p.session_id),
    (select jsonb_agg(a.attempt order by a.place)
      from jsonb_array_elements(p.attempts) with ordinality a (attempt, place) where a.place > n),
    p.n_attempts - n, true, p.owner_id, p.seed, p.started_at
  from public.portion p where p.id = of_portion;
  update public.portion p set n_attempts = n, attempts = (
    select jsonb_agg(a.attempt order by a.place)
    from jsonb_array_elements(p.attempts) with ordinality a (attempt, place) where a.place <= n)
  where p.id = of_portion;
end $$;
