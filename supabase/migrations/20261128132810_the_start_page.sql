-- Made by `make migration` from the difference between supabase/schemas and the migrations before this one.
set check_function_bodies = off;

-- {limit, before_at?, before_id?, kind?, owner_id} -> [{kind, id, name, created_at, status, progress, cost_usd, n_scripts, n_failed,
--  n_unmarked, failure_reason}]: exams, scripts without an exam, tests and documents, newest first. `before_…` are of the last
-- row of the page before. Each call is planned for its own arguments: one plan for all could not use the owner's index.
create or replace function public.overview(args jsonb) returns jsonb
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
  n int := (args ->> 'limit')::int;
  owner text := args ->> 'owner_id';
  wanted text := args ->> 'kind';
  at timestamptz := coalesce((args ->> 'before_at')::timestamptz, 'infinity');
  last uuid := coalesce((args ->> 'before_id')::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
begin
  return (
    with found as (
      (select 'exam' as kind, e.id, e.created_at, e.name from public.exam e
        where coalesce(wanted, 'exam') = 'exam' and (owner is null or e.owner_id = owner) and (e.created_at, e.id) < (at, last)
        order by e.created_at desc, e.id desc limit n)
      union all
      (select 'script', s.id, s.created_at, s.name from public.session s
        where coalesce(wanted, 'script') = 'script' and s.exam_id is null and s.import_id is null and (owner is null or s.owner_id = owner)
          and (s.created_at, s.id) < (at, last)
        order by s.created_at desc, s.id desc limit n)
      union all
      (select 'test', t.id, t.created_at, t.name from public.generated_test t
        where coalesce(wanted, 'test') = 'test' and (owner is null or t.owner_id = owner)
          and (t.created_at, t.id) < (at, last)
        order by t.created_at desc, t.id desc limit n)
      union all
      (select 'document', d.id, d.created_at, d.name from public.document d
        where coalesce(wanted, 'document') = 'document' and (owner is null or d.owner_id = owner)
          and (d.created_at, d.id) < (at, last)
        order by d.created_at desc, d.id desc limit n)
    ), page as (
      select * from found order by created_at desc, id desc limit n
    )
    select coalesce(jsonb_agg(jsonb_build_object('kind', p.kind, 'id', p.id, 'name', p.name, 'created_at', p.created_at)
      || case p.kind
        when 'document' then (
          select jsonb_build_object('status', d.status, 'cost_usd', trim_scale(d.cost_usd), 'failure_reason', d.error,
            'progress', case when d.total_pages > 0 then round(d.extracted_pages::numeric / d.total_pages, 4) else 0 end)
          from public.document d where d.id = p.id)
        when 'test' then (
          select jsonb_build_object('status', t.status, 'cost_usd', trim_scale(t.cost_usd), 'failure_reason', t.failure_reason,
            'progress', round(t.questions_generated::numeric / t.target_questions, 4))
          from public.generated_test t where t.id = p.id)
        else public.runs_of(p.kind, p.id) end
      order by p.created_at desc, p.id desc), '[]')
    from page p
  );
end $$;

-- The current runs of an exam's scripts, or of one script, as one line: {status, progress, cost_usd, n_scripts, n_failed,
-- n_unmarked, failure_reason}.
create or replace function public.runs_of(kind text, of_id uuid) returns jsonb
language sql stable set search_path = '' as $$
  with member as (
    select s.id, s.run, s.status, s.failure_reason from public.session s
    where (kind = 'exam' and s.exam_id = of_id) or (kind = 'script' and s.id = of_id)
  ), call as (
    select count(*) filter (where g.stage = 'assessment') as total,
      count(*) filter (where g.stage = 'assessment' and g.status in ('succeeded', 'failed', 'cancelled')) as finished,
      count(*) filter (where g.stage = 'assessment' and g.status = 'failed') as failed,
      coalesce(sum(g.cost_usd), 0) as cost
    from member m join public.grading_call g on g.session_id = m.id and g.run = m.run and g.planned
  ), mark as (
    select count(*) as unmarked from member m join public.result r on r.session_id = m.id and r.marks_awarded is null
  )
  select jsonb_build_object(
    'status', case
      when count(*) filter (where m.status = 'grading') > 0 then 'grading'
      when count(*) filter (where m.status = 'graded') > 0 then 'graded'
      when count(*) filter (where m.status = 'failed') > 0 then 'failed' else 'created' end,
    'progress', case when call.total > 0 then round(call.finished::numeric / call.total, 4) else 0 end,
    'cost_usd', trim_scale(call.cost), 'n_scripts', count(m.id), 'n_failed', call.failed, 'n_unmarked', mark.unmarked,
    'failure_reason', min(m.failure_reason))
  from call cross join mark left join member m on true
  group by call.total, call.finished, call.failed, call.cost, mark.unmarked;
$$;

revoke all on function public.overview(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.overview(jsonb) to service_role;

revoke all on function public.runs_of(text,uuid) from public, anon, authenticated, service_role;
grant execute on function public.runs_of(text,uuid) to service_role;

comment on function public.ping(jsonb) is 'migration 20261128132810';
