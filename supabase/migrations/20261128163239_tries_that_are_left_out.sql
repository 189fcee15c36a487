-- Made by `make migration` from the difference between supabase/schemas and the migrations before this one.
set check_function_bodies = off;

-- {session_id, lease_owner, tries: [[model_name, try_index], ...]} -> {left_out}: these tries are not needed and leave the plan of
-- the current run. Only calls that nobody began, and only for the lease's holder.
create or replace function public.leave_out_tries(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  n int;
begin
  update public.grading_call g set planned = false
  from public.session s, jsonb_array_elements(args -> 'tries') as t (one)
  where s.id = (args ->> 'session_id')::uuid and s.lease_owner = args ->> 'lease_owner' and s.status = 'grading'
    and g.session_id = s.id and g.run = s.run and g.planned and g.status = 'pending'
    and g.model_name = t.one ->> 0 and g.try_index = (t.one ->> 1)::int;
  get diagnostics n = row_count;
  return jsonb_build_object('left_out', n);
end $$;

-- All marks of one session in the order of `question_ids`, compact: {session_id, name, seed, group, simulated, human, human_2, final,
--  sure_tries: {marker: tries made whatever the marks were, where that is not all},
--  attempts: [[model_name, try_index, "3,2.5,,x,-", cost_usd, latency_ms]]}. In the string, one field per question: a
-- mark; nothing for a missing mark; x for a mark that was refused (out of range, unreadable, contradictory); - if the
-- attempt was not asked this question. A review above the question's maximum does not count: the maximum was lowered
-- after it.
create or replace function public.script_marks(s public.session, question_ids text[]) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'session_id', s.id, 'name', s.name, 'seed', s.seed, 'group', s.group_name, 'human', public.human_marks_of(s.id),
    'simulated', exists (
      select from public.grading_call g where g.session_id = s.id and g.run = s.run and g.provider = 'Simulated'),
    'human_2', coalesce((select st.human_marks_2_by_qid from public.stats st where st.session_id = s.id), '{}'),
    'final', coalesce((
      select jsonb_object_agg(latest.question_id, trim_scale(latest.mark))
      from (
        select distinct on (v.question_id) v.question_id, v.mark from public.review v
        join public.question q on q.session_id = s.id and q.question_id = v.question_id and v.mark <= q.max_marks
        where v.session_id = s.id and v.withdrawn_at is null
        order by v.question_id, v.reviewed_at desc, v.id
      ) latest), '{}'),
    'sure_tries', coalesce((
      select jsonb_object_agg(marker ->> 'key', marker -> 'settled_from')
      from jsonb_array_elements(s.plan -> 'markers') marker where marker ? 'settled_from'), '{}'),
    'attempts', coalesce((
      select jsonb_agg(jsonb_build_array(a.model_name, a.try_index, marks.line, trim_scale(spent.cost), spent.latency)
        order by a.model_name, a.try_index)
      from public.grading_call a
      cross join lateral (
        select string_agg(case
          when r.id is null then '-'
          when r.marks_awarded is not null then trim_scale(r.marks_awarded)::text
          when exists (
            select from jsonb_array_elements(r.validation_errors) problem
            where problem ->> 'reason' in ('out_of_range', 'unreadable', 'duplicate', 'several_entries', 'other_maximum', 'contradictory')) then 'x'
          else '' end, ',' order by asked.position) as line
        from unnest(question_ids) with ordinality as asked (question_id, position)
        left join public.result r on r.session_id = s.id and r.question_id = asked.question_id
          and r.model_name = a.model_name and r.try_index = a.try_index
      ) marks
      cross join lateral (
        select sum(c.cost_usd) as cost, sum(c.latency_ms) as latency from public.grading_call c
        where c.session_id = s.id and c.run = s.run and c.model_name = a.model_name and c.try_index = a.try_index
      ) spent
      where a.session_id = s.id and a.run = s.run and a.stage = 'assessment' and a.planned
        and a.status in ('succeeded', 'failed')
    ), '[]')
  );
$$;

revoke all on function public.leave_out_tries(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.leave_out_tries(jsonb) to service_role;

comment on function public.ping(jsonb) is 'migration 20261128163239';
