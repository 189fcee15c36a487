-- Made by `make migration` from the difference between supabase/schemas and the migrations before this one.
set check_function_bodies = off;

-- The rate limits of models, in calls a second, as the processes of one account learned them: a process begins with
-- what an earlier one knew. `account` is a hash of the key and the address that it is for.
create table public.model_rate (
  account text not null,
  model text not null,
  rate double precision not null check (rate > 0),
  updated_at timestamptz not null default clock_timestamp(),
  primary key (account, model)
);

-- {account, hours} -> {model: calls a second}: the limits that were learned in the last hours.
create or replace function public.model_rates(args jsonb) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_object_agg(r.model, r.rate), '{}')
  from public.model_rate r
  where r.account = args ->> 'account'
    and r.updated_at > clock_timestamp() - make_interval(hours => (args ->> 'hours')::int);
$$;

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

alter table public.model_rate enable row level security;

revoke all on table public.model_rate from public, anon, authenticated, service_role;
grant delete, insert, select, update on table public.model_rate to service_role;

revoke all on function public.model_rates(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.model_rates(jsonb) to service_role;

revoke all on function public.save_model_rates(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.save_model_rates(jsonb) to service_role;

comment on function public.ping(jsonb) is 'migration 20261128153659';
