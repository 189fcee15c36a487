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
    members := array[(public.seen_session(args)).id];
  else
    of_exam := public.owned_exam(args);
    select array_agg(s.id order by s.created_at, s.id) into members from public.session s where s.exam_id = of_exam.id;
  end if;
  members := members[place + 1 : place + (args ->> 'limit')::int];
  return jsonb_build_object('last', place + coalesce(array_length(members, 1), 0), 'rows', (
    select coalesce(jsonb_agg(jsonb_build_object(
      'exam', e.name, 'session', s.id, 'script', s.name, 'question_id', q.question_id, 'max_marks', trim_scale(q.max_marks),
      'human_mark', human.marks -> q.question_id, 'human_mark_2', human.marks_2 -> q.question_id,
      'final_mark', trim_scale(final.mark), 'reviewer', final.reviewer, 'reviewed_at', final.reviewed_at,
      'model_name', a.model_name, 'try_index', a.try_index, 'mark', trim_scale(r.marks_awarded),
      'reason', r.validation_errors -> 0 -> 'reason', 'attempt_cost_usd', a.cost, 'attempt_latency_ms', a.latency,
      'input_hash', a.input_hash
    ) order by member.position, q.number, a.model_name, a.try_index), '[]')
    from unnest(members) with ordinality as member (id, position)
    join public.session s on s.id = member.id
    left join public.exam e on e.id = s.exam_id
    join public.question q on q.session_id = s.id
    left join lateral (
      select st.human_marks_by_qid as marks, st.human_marks_2_by_qid as marks_2
      from public.stats st where st.session_id = s.id
    ) human on true
    left join lateral (
      select v.mark, v.reviewer, v.reviewed_at from public.review v
      where v.session_id = s.id and v.question_id = q.question_id order by v.reviewed_at desc, v.id limit 1
    ) final on true
    -- An attempt's cost and time are those of both its stages; imported marks had none.
    left join lateral (
      select g.model_name, g.try_index, max(g.request ->> 'input_hash') filter (where g.stage = 'assessment') as input_hash,
        case when bool_and(g.request ? 'imported') then null else trim_scale(sum(g.cost_usd)) end as cost,
        sum(g.latency_ms) as latency
      from public.grading_call g where g.session_id = s.id and g.run = s.run and g.planned
      group by g.model_name, g.try_index
      having bool_or(g.stage = 'assessment' and g.status in ('succeeded', 'failed', 'cancelled'))
    ) a on true
    left join public.result r on r.session_id = s.id and r.question_id = q.question_id
      and r.model_name = a.model_name and r.try_index = a.try_index
    where r.id is not null or (a.model_name is null and (human.marks ? q.question_id or final.mark is not null))
  ));
end $$;
