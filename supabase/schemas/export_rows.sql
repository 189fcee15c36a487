-- {exam_id or session_id, owner_id, after, limit} -> {rows: [...], last}: marks as long rows, a page of scripts at a time.
-- An answer that only humans marked has one row, without a model. `after` is the `last` of the page before: the session's
-- place in the exam. A review above the question's maximum does not count: the maximum was lowered after it.
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
      'model_name', given.model_name, 'try_index', given.try_index, 'mark', trim_scale(given.marks_awarded),
      'reason', given.validation_errors -> 0 -> 'reason', 'attempt_cost_usd', given.cost,
      'attempt_latency_ms', given.latency, 'input_hash', given.input_hash
    ) order by member.position, q.number, given.model_name, given.try_index), '[]')
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
      where v.session_id = s.id and v.question_id = q.question_id and v.mark <= q.max_marks
        and v.withdrawn_at is null
      order by v.reviewed_at desc, v.id limit 1
    ) final on true
    -- An attempt's cost and time are those of both its stages; imported marks had none.
    left join lateral (
      select a.*, r.marks_awarded, r.validation_errors
      from (
        select g.model_name, g.try_index,
          max(g.request ->> 'input_hash') filter (where g.stage = 'assessment') as input_hash,
          case when bool_and(g.request ? 'imported') then null else trim_scale(sum(g.cost_usd)) end as cost,
          sum(g.latency_ms) as latency
        from public.grading_call g where g.session_id = s.id and g.run = s.run and g.planned
        group by g.model_name, g.try_index
        having bool_or(g.stage = 'assessment' and g.status in ('succeeded', 'failed', 'cancelled'))
      ) a
      join public.result r on r.session_id = s.id and r.question_id = q.question_id
        and r.model_name = a.model_name and r.try_index = a.try_index
    ) given on true
    where given.model_name is not null or human.marks ? q.question_id or human.marks_2 ? q.question_id
      or final.mark is not null
  ));
end $$;
