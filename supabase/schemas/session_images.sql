-- {session_id, owner_id} -> [{image_id, role, url, order_index, storage_path, source_path}], students' pages first, each role
-- in order.
create or replace function public.session_images(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  s public.session := public.seen_session(args);
begin
  return (
    select coalesce(jsonb_agg(
      jsonb_build_object('image_id', i.id, 'role', i.role, 'url', i.url, 'order_index', i.order_index,
        'storage_path', i.storage_path, 'source_path', i.source_path)
      order by array_position(array['student', 'answer_key', 'grading_rubric'], i.role), i.order_index
    ), '[]')
    from public.image i where i.session_id = s.id
  );
end $$;
