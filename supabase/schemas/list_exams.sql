-- {limit, before?, owner_id} -> newest first, with how many sessions are in which status
create or replace function public.list_exams(args jsonb) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(row_json order by created_at desc, id desc), '[]')
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
      and (args ->> 'before' is null or (e.created_at, e.id) < (
        select b.created_at, b.id from public.exam b where b.id = (args ->> 'before')::uuid))
    order by e.created_at desc, e.id desc
    limit (args ->> 'limit')::int
  ) page;
$$;
