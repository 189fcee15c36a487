-- Makes the calls of one run equal to those of a plan. New calls become pending, complete successes from the same
-- inputs stay, all other calls become pending again. The costs and answers of a repeated call stay in its row; its marks
-- and its whole slices stay if its inputs are the same.
create or replace function public.plan_calls(of_session uuid, this_run int, calls jsonb) returns void
language sql set search_path = '' as $$
  update public.grading_call g set planned = false where g.session_id = of_session and g.run = this_run and g.planned;

  -- `offset 0` keeps each lookup by index: a plain join is quadratic as long as the tables were never analysed.
  delete from public.result where id = any (array(
    select gone.id
    from jsonb_to_recordset(calls) as c (model_name text, try_index int, stage text, request jsonb)
    cross join lateral (
      select g.status, not public.has_same_inputs(g.request, c.request) as changed
      from public.grading_call g
      where g.session_id = of_session and g.run = this_run
        and (g.model_name, g.try_index, g.stage) = (c.model_name, c.try_index, c.stage)
      offset 0
    ) g
    cross join lateral (
      select r.id from public.result r
      where r.session_id = of_session and r.model_name = c.model_name and r.try_index = c.try_index
        and (g.changed or (g.status <> 'succeeded' and r.marks_awarded is null))
      offset 0
    ) gone
    where c.stage = 'assessment'));

  insert into public.grading_call as g (session_id, run, model_name, try_index, stage, request)
  select of_session, this_run, c.model_name, c.try_index, c.stage, c.request
  from jsonb_to_recordset(calls) as c (model_name text, try_index int, stage text, request jsonb)
  on conflict (session_id, run, model_name, try_index, stage) do update set
    planned = true,
    request = excluded.request,
    status = case when public.is_complete(g, excluded.request) then g.status else 'pending' end,
    first_answer = case
      when g.request ->> 'input_hash' = excluded.request ->> 'input_hash' and g.status not in ('succeeded', 'failed')
      then g.first_answer end,
    slices = case when g.request ->> 'input_hash' = excluded.request ->> 'input_hash' then (
      select coalesce(jsonb_object_agg(one.key, one.value), '{}') from jsonb_each(g.slices) one
      where (one.value ->> 'whole')::boolean or (g.slices -> ('again: ' || one.key) ->> 'whole')::boolean
      ) else '{}' end,
    error = case when public.is_complete(g, excluded.request) then g.error end,
    finished_at = case when public.is_complete(g, excluded.request) then g.finished_at end;
$$;
