-- {exam_id, owner_id} -> [session_id, ...]: deletes an exam without sessions; else returns its sessions, which the caller
-- deletes first, each with its files. None if there is no such exam.
create or replace function public.delete_exam(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  held jsonb;
begin
  perform from public.exam e where e.id = (args ->> 'exam_id')::uuid for update;
  select coalesce(jsonb_agg(s.id), '[]') into held
  from public.session s join public.exam e on e.id = s.exam_id
  where e.id = (args ->> 'exam_id')::uuid and (args ->> 'owner_id' is null or e.owner_id = args ->> 'owner_id');
  if held = '[]' then
    delete from public.exam e
    where e.id = (args ->> 'exam_id')::uuid and (args ->> 'owner_id' is null or e.owner_id = args ->> 'owner_id');
  end if;
  return held;
end $$;
