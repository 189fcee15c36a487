-- Made by `make migration` from the difference between supabase/schemas and the migrations before this one.
set check_function_bodies = off;

-- {session_id, lease_owner, tries: [[model_name, try_index], ...]} -> {left_out}: these tries are not needed and leave the plan of
-- the current run. Only calls that nobody began, and only for the holder of the session's lease or of its portion.
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

-- Divides the unfinished attempts of a session in grading into portions of at most `most` attempts, and returns how many
-- there are: at least one, whose worker stores how the run ended. Attempts of one model stay together: they share a prompt.
-- A run whose further tries depend on its answers so far is one portion.
create or replace function public.make_portions(of_session uuid, most int) returns int
language plpgsql set search_path = '' as $$
declare
  made int;
begin
  delete from public.portion p where p.session_id = of_session;
  if exists (
    select from public.session s, jsonb_array_elements(s.plan -> 'markers') m
    where s.id = of_session and m ? 'settled_from'
  ) then
    most := 1000000;
  end if;
  insert into public.portion (session_id, run, number, attempts, n_attempts, owner_id, seed, started_at)
  select s.id, s.run, coalesce(a.number, 0), coalesce(jsonb_agg(jsonb_build_array(a.model_name, a.try_index)
    order by a.model_name, a.try_index) filter (where a.model_name is not null), '[]'), count(a.model_name),
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

comment on function public.ping(jsonb) is 'migration 20261128170611';
