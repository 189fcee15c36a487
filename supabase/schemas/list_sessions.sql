-- {limit, before?, owner_id} -> newest first; `before` is the id of the last session of the page before.
create or replace function public.list_sessions(args jsonb) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(row_json order by created_at desc, id desc), '[]')
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
      and (args ->> 'before' is null or (s.created_at, s.id) < (
        select b.created_at, b.id from public.session b where b.id = (args ->> 'before')::uuid
      ))
    order by s.created_at desc, s.id desc
    limit (args ->> 'limit')::int
  ) page;
$$;
