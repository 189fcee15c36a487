-- {account, rates: {model: calls a second}} -> {}
create or replace function public.save_model_rates(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  -- In one order in every process: no deadlock.
  insert into public.model_rate as r (account, model, rate)
  select args ->> 'account', learned.key, learned.value::double precision
  from jsonb_each_text(args -> 'rates') learned order by learned.key
  on conflict (account, model) do update set rate = excluded.rate, updated_at = clock_timestamp();
  return '{}';
end $$;
