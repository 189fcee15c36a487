-- Divides the unfinished attempts of a session in grading into portions of at most `most` attempts, and returns how many
-- there are: at least one, whose worker stores how the run ended. Attempts of one model stay together: they share a prompt.
-- A run whose further tries depend on its answers so far is one portion.
create or replace function public.make_portions(of_session uuid, most int) returns int
language plpgsql set search_path = '' as $$
declare
  made int;
  divisible boolean := true;
begin
  delete from public.portion p where p.session_id = of_session;
  if exists (
    select from public.session s, jsonb_array_elements(s.plan -> 'markers') m
    where s.id = of_session and m ? 'settled_from'
  ) then
    most := 1000000;
    divisible := false;
  end if;
  insert into public.portion (session_id, run, number, attempts, n_attempts, divisible, owner_id, seed, started_at)
  select s.id, s.run, coalesce(a.number, 0), coalesce(jsonb_agg(jsonb_build_array(a.model_name, a.try_index)
    order by a.model_name, a.try_index) filter (where a.model_name is not null), '[]'), count(a.model_name), divisible,
    coalesce(s.owner_id, ''), s.seed, s.started_at
  from public.session s
  left join lateral (
    select g.model_name, g.try_index, (row_number() over (order by g.model_name, g.try_index) - 1) / most as number
    from public.grading_call g
    where g.session_id = s.id and g.run = s.run and g.planned and g.stage = 'assessment'
      and g.status in ('pending', 'running', 'waiting')
  ) a on true
  where s.id = of_session
  group by s.id, a.number;
  get diagnostics made = row_count;
  return made;
end $$;
