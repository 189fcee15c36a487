-- {session_id, lease_owner, tries: [[model_name, try_index], ...]} -> {left_out}: takes tries that are not needed out of the plan of
-- the current run. Only calls that have not begun are taken out, and only for the holder of the session's lease or of its portion.
create or replace function public.leave_out_tries(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  n int;
begin
  update public.grading_call g set planned = false
  from public.session s, jsonb_array_elements(args -> 'tries') as t (one)
  where s.id = (args ->> 'session_id')::uuid and s.status = 'grading'
    and (s.lease_owner = args ->> 'lease_owner' or exists (
      select from public.portion p where p.session_id = s.id and p.lease_owner = args ->> 'lease_owner'))
    and g.session_id = s.id and g.run = s.run and g.planned and g.status = 'pending'
    and g.model_name = t.one ->> 0 and g.try_index = (t.one ->> 1)::int;
  get diagnostics n = row_count;
  return jsonb_build_object('left_out', n);
end $$;
