-- {exam_id, owner_id, blind_marking?, double_marking?} -> {blind_marking, double_marking}. A field that is null keeps its value.
create or replace function public.set_desk(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  e public.exam := public.owned_exam(args, lock => true);
begin
  update public.exam set
    blind_marking = coalesce((args ->> 'blind_marking')::boolean, blind_marking),
    double_marking = coalesce((args ->> 'double_marking')::boolean, double_marking)
  where id = e.id returning * into e;
  return jsonb_build_object('blind_marking', e.blind_marking, 'double_marking', e.double_marking);
end $$;
