-- {session_id, owner_id} -> {started_at, attempts: [{model_name, try_index, status, reason, message, finished_at}]} of the
-- current plan, the finished ones first in the order they finished. Status as in session_progress.
create or replace function public.session_attempts(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  s public.session := public.seen_session(args);
begin
  return jsonb_build_object('started_at', s.started_at, 'attempts', (
    select coalesce(jsonb_agg(jsonb_build_object(
      'model_name', a.model_name, 'try_index', a.try_index,
      'status', case when a.status = 'pending' and r.status in ('running', 'waiting') then r.status else a.status end,
      'reason', a.error -> 'reason', 'message', a.error -> 'message', 'finished_at', a.finished_at
    ) order by a.finished_at, a.model_name, a.try_index), '[]')
    from public.grading_call a
    left join public.grading_call r on r.session_id = a.session_id and r.run = a.run and r.stage = 'rubric'
      and r.model_name = a.model_name and r.try_index = a.try_index
    where a.session_id = s.id and a.run = s.run and a.stage = 'assessment' and a.planned
  ));
end $$;
