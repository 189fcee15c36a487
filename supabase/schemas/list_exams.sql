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
