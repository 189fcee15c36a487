-- The images of one session as JSON, students' pages first, each role in order.
create or replace function public.images_of(of_session uuid) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(
    jsonb_build_object('role', i.role, 'url', i.url, 'order_index', i.order_index, 'storage_path', i.storage_path)
    order by array_position(array['student', 'answer_key', 'grading_rubric'], i.role), i.order_index
  ), '[]')
  from public.image i where i.session_id = of_session;
$$;
