-- {lease_owner, lease_seconds, attempts, portion_size, mend} -> [what a run needs, ...]: portions with so many attempts
-- together; the last one may exceed it. Workers claim one after the other, so that the turns of owners are exact. With
-- `mend`, sessions without portions that nobody works on get some: a process without a queue left them, or one that died.
create or replace function public.claim_portions(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  me text := args ->> 'lease_owner';
  left_over int := (args ->> 'attempts')::int;
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
  while left_over > 0 loop
    next_one := public.claimable_portion(me);
    exit when next_one is null;
    update public.portion c set
      lease_owner = me, claimed_at = clock_timestamp(),
      lease_expires_at = clock_timestamp() + make_interval(secs => (args ->> 'lease_seconds')::double precision)
    where c.id = next_one returning * into p;
    -- Another process may have ended the run meanwhile.
    continue when p.id is null;
    claims := claims || public.portion_json(p);
    left_over := left_over - greatest(p.n_attempts, 1);
  end loop;
  return claims;
end $$;
