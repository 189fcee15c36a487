-- {exam_id, owner_id, import_id, questions} -> {stale: [import_id, ...]}. Begins an import of marks from elsewhere
-- into an exam. `import_batch` stores them hidden, `finish_import` shows all of them at once, `drop_import` removes
-- them. SM409 for other questions than the exam's. `stale` are imports that began over an hour ago and never ended.
create or replace function public.begin_import(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  e public.exam := public.owned_exam(args);
begin
  begin
    perform public.match_exam(e.id, null, args -> 'questions');
    -- What the match changed is taken back: `finish_import` matches again.
    raise exception 'matched' using errcode = 'SM000';
  exception when sqlstate 'SM000' then
    null;
  end;
  delete from public.mark_import i where i.exam_id = e.id and i.finished_at < clock_timestamp() - interval '1 hour';
  insert into public.mark_import (id, exam_id) values ((args ->> 'import_id')::uuid, e.id) on conflict (id) do nothing;
  return jsonb_build_object('stale', (
    select coalesce(jsonb_agg(i.id), '[]') from public.mark_import i
    where i.exam_id = e.id and i.finished_at is null and i.created_at < clock_timestamp() - interval '1 hour'));
end $$;
