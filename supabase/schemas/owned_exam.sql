-- The exam named by {exam_id, owner_id}; no owner_id means any owner. SM404 when there is none.
create or replace function public.owned_exam(args jsonb, lock boolean default false) returns public.exam
language plpgsql set search_path = '' as $$
declare
  found_exam public.exam;
begin
  if lock then
    select * into found_exam from public.exam e where e.id = (args ->> 'exam_id')::uuid for no key update;
  else
    select * into found_exam from public.exam e where e.id = (args ->> 'exam_id')::uuid;
  end if;
  if found_exam.id is null or (args ->> 'owner_id' is not null and found_exam.owner_id is distinct from args ->> 'owner_id')
  then
    raise exception 'There is no such exam.' using errcode = 'SM404', detail = 'NOT_FOUND';
  end if;
  return found_exam;
end $$;
