-- {account, hours} -> {model: calls a second}: the limits that were learned in the last hours.
create or replace function public.model_rates(args jsonb) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_object_agg(r.model, r.rate), '{}')
  from public.model_rate r
  where r.account = args ->> 'account'
    and r.updated_at > clock_timestamp() - make_interval(hours => (args ->> 'hours')::int);
$$;
