-- {exam_id or session_id, owner_id, after, limit} -> {rows: [...], last}: marks as long rows, a page of scripts at a time.
-- `after` is the `last` of the page before: the session's place in the exam.
create or replace function public.export_rows(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  place int := coalesce((args ->> 'after')::int, 0);
  members uuid[];
  of_exam public.exam;
begin
  if args ->> 'session_id' is not null then
    members := array[(public.owned_session(args)).id];
  else
    of_exam := public.owned_exam(args);
    select array_agg(s.id order by s.created_at, s.id) into members from public.session s where s.exam_id = of_exam.id;
  end if;
  members := members[place + 1 : place + (args ->> 'limit')::int];
  return jsonb_build_object('last', place + coalesce(array_length(members, 1), 0), 'rows', (
    select coalesce(jsonb_agg(jsonb_build_object(
      'exam', e.name, 'session', s.id, 'script', s.name, 'question_id', q.question_id, 'max_marks', trim_scale(q.max_marks),
      'human_mark', public.human_marks_of(s.id) -> q.question_id, 'final_mark', (
        select trim_scale(v.mark) from public.review v where v.session_id = s.id and v.question_id = q.question_id
        order by v.reviewed_at desc, v.id limit 1),
      'model_name', r.model_name, 'try_index', r.try_index, 'mark', trim_scale(r.marks_awarded),
      'reason', r.validation_errors -> 0 -> 'reason', 'cost_usd', trim_scale(g.cost_usd), 'latency_ms', g.latency_ms,
      'input_hash', g.request -> 'input_hash'
    ) order by member.position, q.number, r.model_name, r.try_index), '[]')
    from unnest(members) with ordinality as member (id, position)
    join public.session s on s.id = member.id
    left join public.exam e on e.id = s.exam_id
    join public.question q on q.session_id = s.id
    join public.result r on r.session_id = s.id and r.question_id = q.question_id
    join public.grading_call g on g.session_id = s.id and g.run = s.run and g.stage = 'assessment' and g.planned
      and g.model_name = r.model_name and g.try_index = r.try_index
  ));
end $$;
