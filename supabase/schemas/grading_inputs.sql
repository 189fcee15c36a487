-- {session_id, owner_id} -> everything that the plan of a start depends on. `seeds`: of the session's exam, {session_ids, limit}; null if the
-- exam has none, and for a seed itself.
create or replace function public.grading_inputs(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  s public.session := public.seen_session(args);
begin
  return jsonb_build_object(
    'marked_by', s.marked_by, 'plan', s.plan, 'default_tries', s.default_tries, 'inputs_version', s.inputs_version,
    'questions', public.questions_of(s.id), 'images', public.images_of(s.id), 'templates', public.templates_of(s),
    'seeds', case when not s.seed then (
      select jsonb_build_object('session_ids', jsonb_agg(seed.id order by seed.created_at, seed.id), 'limit', e.seed_limit)
      from public.exam e join public.session seed on seed.exam_id = e.id and seed.seed
      where e.id = s.exam_id group by e.id, e.seed_limit) end
  );
end $$;
