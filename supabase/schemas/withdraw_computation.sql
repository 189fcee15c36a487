-- {key} -> {}: a server no longer wants the result. Another server that wants it asks again within a second.
create or replace function public.withdraw_computation(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  update public.computation set wanted_until = least(wanted_until, clock_timestamp() + interval '2 seconds')
  where key = args ->> 'key' and finished_at is null;
  return '{}';
end $$;
