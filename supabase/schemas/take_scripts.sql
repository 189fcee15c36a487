-- Notes the scripts of a batch of an import, each with its session: found by name, or new and still hidden. `first`
-- is the number of scripts before them in the file, so that sessions keep the order of the file in whatever order the
-- batches arrive.
create or replace function public.take_scripts(i public.mark_import, scripts jsonb, first int) returns void
language plpgsql set search_path = '' as $$
begin
  with given as (
    select script.position, script.value as script, known.id as known
    from jsonb_array_elements(scripts) with ordinality as script (value, position)
    left join (
      select distinct on (s.name) s.name, s.id from public.session s
      where s.exam_id = i.exam_id and s.plan ? 'imported' order by s.name, s.created_at, s.id
    ) known on known.name = script.value ->> 'name'
  ), made as (
    insert into public.session (id, name, status, owner_id, import_id, plan, run, started_at, finished_at, group_name,
      created_at)
    select (g.script ->> 'session_id')::uuid, g.script ->> 'name', 'graded', e.owner_id, i.id,
      '{"markers": [], "summary": {"model_pairs": null}, "imported": true}', 1, clock_timestamp(), clock_timestamp(),
      g.script ->> 'group', i.created_at + (first + g.position) * interval '1 microsecond'
    from given g join public.exam e on e.id = i.exam_id where g.known is null order by g.position
    on conflict (id) do nothing
    returning 1
  )
  insert into public.mark_import_script
  select i.id, coalesce(g.known, (g.script ->> 'session_id')::uuid), g.script ->> 'name', g.known is not null,
    g.script -> 'human', g.script -> 'human_2', g.script ->> 'group'
  from given g
  on conflict do nothing;
end $$;
