-- {exam_id, owner_id} -> [{marker, model, calls, prompt_tokens, cached_tokens, cache_write_tokens, completion_tokens,
-- cost_usd, simulated}]: what the current runs of an exam's sessions were billed, by marker and model. Rows of tries that left
-- the plan count: they were paid.
create or replace function public.exam_spending(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  e public.exam := public.owned_exam(args);
begin
  return (
    select coalesce(jsonb_agg(to_jsonb(spent) order by spent.marker, spent.model), '[]')
    from (
      select g.model_name as marker, g.request ->> 'model' as model, sum(g.http_requests) as calls,
        sum(g.prompt_tokens) as prompt_tokens, sum(g.cached_tokens) as cached_tokens,
        sum(g.cache_write_tokens) as cache_write_tokens,
        sum(g.completion_tokens) as completion_tokens, trim_scale(sum(g.cost_usd)) as cost_usd,
        coalesce(bool_or(g.provider = 'Simulated'), false) as simulated
      from public.session s
      join public.grading_call g on g.session_id = s.id and g.run = s.run
      where s.exam_id = e.id and g.http_requests > 0
      group by g.model_name, g.request ->> 'model'
    ) spent
  );
end $$;
