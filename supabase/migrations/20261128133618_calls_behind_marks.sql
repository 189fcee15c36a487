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

-- The private bucket for scans, if the project has a Supabase Storage.
do $$
begin
  if to_regclass('storage.buckets') is not null then
    insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
    values ('grading-images', 'grading-images', false, 209715200,
      array['image/png', 'image/jpeg', 'image/webp', 'image/gif', 'application/pdf', 'image/heic', 'image/tiff', 'image/jp2',
        'image/bmp'])
    -- A bucket that an earlier release made takes the other kinds too; limits that somebody else set stay.
    on conflict (id) do update
      set file_size_limit = excluded.file_size_limit, allowed_mime_types = excluded.allowed_mime_types
      where storage.buckets.file_size_limit = 20971520
        and storage.buckets.allowed_mime_types = array['image/png', 'image/jpeg', 'image/webp', 'image/gif'];
  end if;
end $$;

comment on function public.ping(jsonb) is 'migration 20261128133618';
