-- Made by `make migration` from the difference between supabase/schemas and the migrations before this one.
set check_function_bodies = off;

-- {limit, before?, owner_id} -> newest first; `before` is the id of the last session of the page before.
-- Each call is planned for its own arguments: one plan for all could not use the owner's index.
create or replace function public.list_sessions(args jsonb) returns jsonb
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
  last_seen public.session;
begin
  if args ->> 'before' is not null then
    last_seen := public.seen_session(jsonb_build_object('session_id', args -> 'before', 'owner_id', args -> 'owner_id'));
  end if;
  return (select coalesce(jsonb_agg(page.row_json order by page.created_at desc, page.id desc), '[]')
  from (
    select s.created_at, s.id, jsonb_build_object(
      'id', s.id, 'status', s.status, 'created_at', s.created_at, 'name', s.name, 'exam_id', s.exam_id,
      -- A client sends these back as "models": of a plan of pairs that would make another experiment.
      'selected_models', case when jsonb_typeof(s.plan #> '{summary,model_pairs}') = 'array' then 'null'
        else s.plan -> 'summary' -> 'selected_models' end,
      'default_tries', case when s.plan is not null then s.default_tries end,
      'model_pairs', s.plan -> 'summary' -> 'model_pairs',
      'rubric_models', s.plan -> 'summary' -> 'rubric_models',
      'assessment_models', s.plan -> 'summary' -> 'assessment_models',
      'selected_rubric_template', s.selected_rubric_template,
      'selected_assessment_template', s.selected_assessment_template
    ) as row_json
    from public.session s
    where (args ->> 'owner_id' is null or s.owner_id = args ->> 'owner_id')
      and (last_seen.id is null or (s.created_at, s.id) < (last_seen.created_at, last_seen.id))
    order by s.created_at desc, s.id desc
    limit (args ->> 'limit')::int
  ) page);
end $$;

-- {session_id, owner_id} -> [storage_path, ...]: the session's files in our storage, without those that another session
-- has registered too. Nothing there: none.
create or replace function public.session_files(args jsonb) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(i.storage_path), '[]')
  from public.image i join public.session s on s.id = i.session_id
  where s.id = (args ->> 'session_id')::uuid
    and (args ->> 'owner_id' is null or s.owner_id = args ->> 'owner_id')
    and i.storage_path is not null
    and not exists (
      select from public.image other where other.storage_path = i.storage_path and other.session_id <> i.session_id
      -- Asks the index for each file: without this the planner may read all images of all sessions instead.
      offset 0
    );
$$;

comment on function public.ping(jsonb) is 'migration 20261128102308';
