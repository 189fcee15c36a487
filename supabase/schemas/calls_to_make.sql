-- {session_id, owner_id, force, calls: [{model_name, try_index, stage, request}]} -> [[model_name, try_index, stage], ...]:
-- the calls of a plan that a start would make now. All other calls of the plan are complete.
create or replace function public.calls_to_make(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  s public.session := public.seen_session(args);
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_array(c.model_name, c.try_index, c.stage)), '[]')
    from jsonb_to_recordset(args -> 'calls') as c (model_name text, try_index int, stage text, request jsonb)
    -- `offset 0` keeps each lookup by index: a plain join is quadratic as long as the table was never analysed.
    left join lateral (
      select public.is_complete(g, c.request) as yes from public.grading_call g
      where g.session_id = s.id and g.run = s.run
        and (g.model_name, g.try_index, g.stage) = (c.model_name, c.try_index, c.stage)
      offset 0
    ) complete on true
    where coalesce((args ->> 'force')::boolean, false) or not coalesce(complete.yes, false)
  );
end $$;
