-- {id, lease_owner, answer, failed} -> {}. Of finished ones the last 32 are kept.
create or replace function public.finish_computation(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  update public.computation set
    answer = args ->> 'answer', failed = (args ->> 'failed')::boolean, finished_at = clock_timestamp(), question = null
  where id = (args ->> 'id')::uuid and lease_owner = args ->> 'lease_owner' and finished_at is null;
  delete from public.computation c
  where c.id in (
    select o.id from public.computation o where o.finished_at is not null order by o.finished_at desc offset 32);
  return '{}';
end $$;
