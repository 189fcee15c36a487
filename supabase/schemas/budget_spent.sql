-- {session_id} -> US dollars: what the current runs of all sessions under this session's limit have cost, counted from stored rows.
create or replace function public.budget_spent(args jsonb) returns jsonb
language sql stable set search_path = '' as $$
  select to_jsonb(coalesce(sum(g.cost_usd), 0))
  from public.session s
  join public.session o on o.budget_id = s.budget_id
  join public.grading_call g on g.session_id = o.id and g.run = o.run
  where s.id = (args ->> 'session_id')::uuid;
$$;
