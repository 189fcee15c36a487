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
