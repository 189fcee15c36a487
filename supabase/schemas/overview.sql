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
