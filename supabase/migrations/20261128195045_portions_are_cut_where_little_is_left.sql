-- Made by `make migration` from the difference between supabase/schemas and the migrations before this one.
set check_function_bodies = off;

alter table public.portion add column divisible boolean default true not null;

-- {lease_owner, lease_seconds, attempts, free, portion_size, mend} -> {portions: [what a run needs, ...], scarce}: portions with so
-- many attempts together; the last one may exceed it. `free` of these could begin at once. Where work is scarce, with
-- less than four portions left for each worker, a worker gets no more than it can begin, or than its equal part if that is
-- more, and portions are cut: else one works on a rest that others could share. Workers claim one after the other, so that the
-- turns of owners are exact. With `mend`, sessions without portions that nobody works on get some: a process without
-- a queue left them, or one that died.
create or replace function public.claim_portions(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  me text := args ->> 'lease_owner';
  left_over int := (args ->> 'attempts')::int;
  size int := (args ->> 'portion_size')::int;
  n_workers int;
  n_waiting int;
  scarce boolean;
  claims jsonb := '[]';
  next_one uuid;
  p public.portion;
begin
  perform pg_advisory_xact_lock(7363646210);
  update public.portion h set lease_owner = null, lease_expires_at = null
  where h.lease_owner is not null and h.lease_expires_at < clock_timestamp();
  if (args ->> 'mend')::boolean then
    perform public.make_portions(s.id, (args ->> 'portion_size')::int)
    from public.session s
    where s.status = 'grading' and (s.lease_owner is null or s.lease_expires_at < clock_timestamp())
      and not exists (select from public.portion o where o.session_id = s.id);
  end if;
  select greatest(count(*), 1) into n_workers from public.worker w
  where w.beaten_at >= clock_timestamp() - interval '6 seconds';
  -- As many as are needed to see that there is enough.
  select coalesce(sum(w.n_attempts), 0) into n_waiting from (
    select o.n_attempts from public.portion o where o.lease_owner is null limit 4 * size * n_workers) w;
  scarce := n_waiting < 4 * size * n_workers;
  if scarce then
    left_over := least(left_over, greatest((args ->> 'free')::int, ceil(n_waiting::numeric / n_workers)::int));
  end if;
  while left_over > 0 loop
    next_one := public.claimable_portion(me);
    exit when next_one is null;
    if scarce and exists (
      select from public.portion c where c.id = next_one and c.divisible and c.n_attempts > left_over
    ) then
      perform public.cut_portion(next_one, left_over);
    end if;
    update public.portion c set
      lease_owner = me, claimed_at = clock_timestamp(),
      lease_expires_at = clock_timestamp() + make_interval(secs => (args ->> 'lease_seconds')::double precision)
    where c.id = next_one returning * into p;
    -- Another process may have ended the run meanwhile.
    continue when p.id is null;
    claims := claims || public.portion_json(p);
    left_over := left_over - greatest(p.n_attempts, 1);
  end loop;
  return jsonb_build_object('portions', claims, 'scarce', scarce);
end $$;

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

-- Divides the unfinished attempts of a session in grading into portions of at most `most` attempts, and returns how many
-- there are: at least one, whose worker stores how the run ended. Attempts of one model stay together: they share a prompt.
-- A run whose further tries depend on its answers so far is one portion.
create or replace function public.make_portions(of_session uuid, most int) returns int
language plpgsql set search_path = '' as $$
declare
  made int;
  divisible boolean := true;
begin
  delete from public.portion p where p.session_id = of_session;
  if exists (
    select from public.session s, jsonb_array_elements(s.plan -> 'markers') m
    where s.id = of_session and m ? 'settled_from'
  ) then
    most := 1000000;
    divisible := false;
  end if;
  insert into public.portion (session_id, run, number, attempts, n_attempts, divisible, owner_id, seed, started_at)
  select s.id, s.run, coalesce(a.number, 0), coalesce(jsonb_agg(jsonb_build_array(a.model_name, a.try_index)
    order by a.model_name, a.try_index) filter (where a.model_name is not null), '[]'), count(a.model_name), divisible,
    coalesce(s.owner_id, ''), s.seed, s.started_at
  from public.session s
  left join lateral (
    select g.model_name, g.try_index, (row_number() over (order by g.model_name, g.try_index) - 1) / most as number
    from public.grading_call g
    where g.session_id = s.id and g.run = s.run and g.planned and g.stage = 'assessment'
      and g.status in ('pending', 'running', 'waiting')
  ) a on true
  where s.id = of_session
  group by s.id, a.number;
  get diagnostics made = row_count;
  return made;
end $$;

revoke all on function public.cut_portion(uuid,integer) from public, anon, authenticated, service_role;
grant execute on function public.cut_portion(uuid,integer) to service_role;

comment on function public.ping(jsonb) is 'migration 20261128195045';
