-- {session_id, totals, discrepancies_by_model_try} -> {}: the snapshot of a run that has ended.
create or replace function public.save_stats(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  insert into public.stats (session_id, totals, discrepancies_by_model_try)
  select s.id, args -> 'totals', args -> 'discrepancies_by_model_try'
  from public.session s where s.id = (args ->> 'session_id')::uuid
  on conflict (session_id) do update set totals = excluded.totals,
    discrepancies_by_model_try = excluded.discrepancies_by_model_try, updated_at = clock_timestamp();
  return '{}';
end $$;
