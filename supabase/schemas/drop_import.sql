-- {exam_id, owner_id, import_id, limit} -> {left}: remove up to `limit` scripts of an import that was not finished; call it until
-- nothing is left.
create or replace function public.drop_import(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  i public.mark_import;
  gone uuid[];
begin
  i := public.import_of(args, alone => true);
  if i.finished_at is not null then
    return jsonb_build_object('left', 0);
  end if;
  select array_agg(m.session_id) into gone from (
    select x.session_id from public.mark_import_script x where x.import_id = i.id limit (args ->> 'limit')::int
  ) m;
  delete from public.result r using public.grading_call g
  where g.session_id = any (gone) and not g.planned and g.request ->> 'import' = i.id::text
    and r.session_id = g.session_id and r.model_name = g.model_name and r.try_index = g.try_index;
  delete from public.grading_call g
  where g.session_id = any (gone) and not g.planned and g.request ->> 'import' = i.id::text;
  delete from public.mark_import_script m where m.import_id = i.id and m.session_id = any (gone);
  delete from public.session s where s.id = any (gone) and s.import_id = i.id;
  if gone is null then
    delete from public.mark_import where id = i.id;
  end if;
  return jsonb_build_object('left', coalesce(array_length(gone, 1), 0));
exception when sqlstate 'SM404' then
  return jsonb_build_object('left', 0);
end $$;
