-- {id, version, lease_owner, lease_seconds, most_claims} -> {question, correlation_id}, or null if another process holds it, nobody wants it
-- any more, or the turn is another owner's: owners take turns by the number of their computations at work. One that
-- ended its worker `most_claims` times fails.
create or replace function public.claim_computation(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  c public.computation;
begin
  perform pg_advisory_xact_lock(7363646211);
  update public.computation f set failed = true, finished_at = clock_timestamp(), question = null
  where f.id = (args ->> 'id')::uuid and f.finished_at is null and f.n_claims >= (args ->> 'most_claims')::int
    and (f.lease_owner is null or f.lease_expires_at < clock_timestamp());
  update public.computation o set
    lease_owner = args ->> 'lease_owner', claimed_at = clock_timestamp(), n_claims = o.n_claims + 1,
    lease_expires_at = clock_timestamp() + make_interval(secs => (args ->> 'lease_seconds')::double precision)
  where o.id = (args ->> 'id')::uuid and o.version = args ->> 'version' and o.finished_at is null
    and o.wanted_until >= clock_timestamp() and (o.lease_owner is null or o.lease_expires_at < clock_timestamp())
    and not exists (
      select from public.computation w
      where w.version = o.version and w.finished_at is null and w.wanted_until >= clock_timestamp()
        and (w.lease_owner is null or w.lease_expires_at < clock_timestamp())
        and public.computations_held(w.owner_id) < public.computations_held(o.owner_id))
  returning * into c;
  return case when c.id is not null then jsonb_build_object(
    'question', c.question, 'correlation_id', c.correlation_id) end;
end $$;
