-- The import named by {exam_id, owner_id, import_id}, locked until the transaction ends: nobody can finish it meanwhile or, with `alone`, add a batch. SM404
-- where there is none.
create or replace function public.import_of(args jsonb, alone boolean default false) returns public.mark_import
language plpgsql set search_path = '' as $$
declare
  e public.exam := public.owned_exam(args);
  found_import public.mark_import;
begin
  if alone then
    select * into found_import from public.mark_import i
    where i.id = (args ->> 'import_id')::uuid and i.exam_id = e.id for update;
  else
    select * into found_import from public.mark_import i
    where i.id = (args ->> 'import_id')::uuid and i.exam_id = e.id for share;
  end if;
  if found_import.id is null then
    raise exception 'There is no such import.' using errcode = 'SM404', detail = 'NOT_FOUND';
  end if;
  return found_import;
end $$;
