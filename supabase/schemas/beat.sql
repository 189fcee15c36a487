-- {worker, host, pid, dead_seconds, account, models: {model: rate | null}} -> {workers, stops: {session_id: reason}, held: [id, ...],
-- released, models: {model: {workers, rates}}}, the last of other workers on the account. Says that the worker
-- lives, gives the work of dead ones free, and returns how many live, which of its sessions were stopped, and all that
-- it holds: portions, documents, tests and computations.
create or replace function public.beat(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  now_ timestamptz := clock_timestamp();
  dead interval := make_interval(secs => (args ->> 'dead_seconds')::double precision);
  me public.worker;
  gone text[] := '{}';
begin
  insert into public.worker as w (id, host, pid, account, models)
  values (args ->> 'worker', args ->> 'host', (args ->> 'pid')::int, args ->> 'account', coalesce(args -> 'models', '{}'))
  on conflict (id) do update set beaten_at = now_, account = excluded.account, models = excluded.models,
    steady_since = case when w.beaten_at < now_ - dead / 2 then now_ else w.steady_since end
  returning * into me;
  -- Those that nobody wants any more, and finished ones ten minutes after the last asker.
  delete from public.computation c
  where c.wanted_until < now_ - case when c.finished_at is null then interval '0' else interval '10 minutes' end;
  -- After an outage of the database nobody has beaten for a while, and all may live.
  if (me.steady_since is null or me.steady_since < now_ - dead) and pg_postmaster_start_time() < now_ - dead then
    gone := array(select w.id from public.worker w where w.beaten_at < now_ - dead for update skip locked);
    if cardinality(gone) > 0 then
      perform public.release_leases(jsonb_build_object('lease_owners', to_jsonb(gone)));
    end if;
  end if;
  return jsonb_build_object(
    'workers', (select count(*) from public.worker w where w.beaten_at >= now_ - dead),
    'released', cardinality(gone),
    'models', (
      select coalesce(jsonb_object_agg(found.model, found.known), '{}')
      from (
        select m.key as model, jsonb_build_object(
          'workers', count(*), 'rates', coalesce(jsonb_agg(m.value) filter (where m.value <> 'null'), '[]')) as known
        from public.worker w, jsonb_each(w.models) m
        where w.id <> me.id and w.account = me.account and w.beaten_at >= now_ - dead
        group by m.key
      ) found),
    'stops', (
      select coalesce(jsonb_object_agg(s.id, s.stop_reason), '{}')
      from public.portion p join public.session s on s.id = p.session_id
      where p.lease_owner = me.id and s.stop_reason is not null),
    'held', (
      select coalesce(jsonb_agg(held.id), '[]')
      from (
        select p.id from public.portion p where p.lease_owner = me.id
        union all
        select d.id from public.document d where d.status = 'processing' and d.lease_owner = me.id
        union all
        select t.id from public.generated_test t
        where t.status in ('pending', 'generating') and t.lease_owner = me.id
        union all
        select c.id from public.computation c where c.finished_at is null and c.lease_owner = me.id
      ) held)
  );
end $$;
