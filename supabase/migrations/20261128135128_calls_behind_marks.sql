-- Made by `make migration` from the difference between supabase/schemas and the migrations before this one.
set check_function_bodies = off;

-- {session_id, owner_id, model_name?, try_index?} -> [{model_name, try_index, stage, status, ...}]: the calls of the current run as
-- they were answered and paid, in the order of markers and tries.
create or replace function public.session_calls(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  s public.session := public.seen_session(args);
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'model_name', g.model_name, 'try_index', g.try_index, 'stage', g.stage, 'status', g.status, 'provider', g.provider,
      'generation_id', g.generation_id, 'finish_reason', g.finish_reason, 'prompt_tokens', g.prompt_tokens,
      'completion_tokens', g.completion_tokens, 'reasoning_tokens', g.reasoning_tokens, 'cost_usd', trim_scale(g.cost_usd),
      'http_requests', g.http_requests, 'latency_ms', g.latency_ms, 'parse_path', g.parse_path, 'error', g.error,
      'finished_at', g.finished_at, 'completions', g.raw_output
    ) order by g.model_name, g.try_index, g.stage desc), '[]')
    from public.grading_call g
    where g.session_id = s.id and g.run = s.run and g.planned
      and (args ->> 'model_name' is null or g.model_name = args ->> 'model_name')
      and (args ->> 'try_index' is null or g.try_index = (args ->> 'try_index')::int)
  );
end $$;

revoke all on function public.session_calls(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.session_calls(jsonb) to service_role;

comment on function public.ping(jsonb) is 'migration 20261128135128';
