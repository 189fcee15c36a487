-- Made by `make migration` from the difference between supabase/schemas and the migrations before this one.
set check_function_bodies = off;

create INDEX document_of_owner ON public.document USING btree (owner_id, created_at DESC, id DESC) WHERE (owner_id IS NOT NULL);

create INDEX exam_of_owner ON public.exam USING btree (owner_id, created_at DESC, id DESC) WHERE (owner_id IS NOT NULL);

create INDEX generated_test_of_owner ON public.generated_test USING btree (owner_id, created_at DESC, id DESC) WHERE (owner_id IS NOT NULL);

create INDEX image_of_file ON public.image USING btree (storage_path) WHERE (storage_path IS NOT NULL);

create INDEX session_of_owner ON public.session USING btree (owner_id, created_at DESC, id DESC) WHERE (owner_id IS NOT NULL);

-- {limit, offset, owner_id} -> {items, total}, newest first.
-- Each call is planned for its own arguments: one plan for all could not use the owner's index.
create or replace function public.list_documents(args jsonb) returns jsonb
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
begin
  return jsonb_build_object(
    'items', (
      select coalesce(jsonb_agg(public.document_json(page) order by page.created_at desc, page.id desc), '[]')
      from (
        select * from public.document d
        where args ->> 'owner_id' is null or d.owner_id = args ->> 'owner_id'
        order by d.created_at desc, d.id desc
        limit (args ->> 'limit')::int offset (args ->> 'offset')::int
      ) page),
    'total', (
      select count(*) from public.document d where args ->> 'owner_id' is null or d.owner_id = args ->> 'owner_id')
  );
end $$;

-- {limit, before?, owner_id} -> newest first, with how many sessions are in which status
-- Each call is planned for its own arguments: one plan for all could not use the owner's index.
create or replace function public.list_exams(args jsonb) returns jsonb
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
  last_seen public.exam;
begin
  if args ->> 'before' is not null then
    last_seen := public.owned_exam(jsonb_build_object('exam_id', args -> 'before', 'owner_id', args -> 'owner_id'));
  end if;
  return (select coalesce(jsonb_agg(page.row_json order by page.created_at desc, page.id desc), '[]')
  from (
    select e.created_at, e.id, jsonb_build_object(
      'exam_id', e.id, 'name', e.name, 'created_at', e.created_at,
      'n_questions', (select count(*) from public.exam_question q where q.exam_id = e.id),
      'sessions', (
        select jsonb_build_object('total', count(*), 'created', count(*) filter (where s.status = 'created'),
          'grading', count(*) filter (where s.status = 'grading'), 'graded', count(*) filter (where s.status = 'graded'),
          'failed', count(*) filter (where s.status = 'failed'))
        from public.session s where s.exam_id = e.id)
    ) as row_json
    from public.exam e
    where (args ->> 'owner_id' is null or e.owner_id = args ->> 'owner_id')
      and (last_seen.id is null or (e.created_at, e.id) < (last_seen.created_at, last_seen.id))
    order by e.created_at desc, e.id desc
    limit (args ->> 'limit')::int
  ) page);
end $$;

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
      'selected_models', s.plan -> 'summary' -> 'selected_models',
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

-- {limit, offset, document_id?, owner_id} -> {items, total}, newest first.
-- Each call is planned for its own arguments: one plan for all could not use the owner's index.
create or replace function public.list_tests(args jsonb) returns jsonb
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
begin
  return (with mine as (
    select t.id from public.generated_test t
    where (args ->> 'owner_id' is null or t.owner_id = args ->> 'owner_id')
      and (args ->> 'document_id' is null or t.document_id = (args ->> 'document_id')::uuid)
  )
  select jsonb_build_object(
    'items', (
      select coalesce(jsonb_agg(public.test_json(page) order by page.created_at desc, page.id desc), '[]')
      from (
        select t.* from public.generated_test t join mine using (id)
        order by t.created_at desc, t.id desc
        limit (args ->> 'limit')::int offset (args ->> 'offset')::int
      ) page),
    'total', (select count(*) from mine)
  ));
end $$;

comment on function public.ping(jsonb) is 'migration 20261128100357';
