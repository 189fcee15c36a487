-- Made by `make migration` from the difference between supabase/schemas and the migrations before this one.
set check_function_bodies = off;

alter table public.exam add column blind_marking boolean default false not null;

alter table public.exam add column double_marking boolean default false not null;

alter table public.review add column blind boolean default false not null;

alter table public.review add column user_id text;

alter table public.review add column withdrawn_at timestamp with time zone;

alter table public.review add column withdrawn_by text;

-- Who looks at which answer just now, so that no two people get the same one. Short; a desk renews its own.
create table public.answer_lease (
  session_id uuid not null references public.session on delete cascade,
  question_id text not null,
  -- One open desk, and the person at it.
  holder text not null,
  reviewer text,
  expires_at timestamptz not null,
  primary key (session_id, question_id, holder)
);

-- {exam_id or session_id, owner_id, answers: [[session_id, question_id], ...]} -> [{session_id, question_id, marks:
--  [{model_name, try_index, marks_awarded, rubric_notes, validation_errors}], reviews: [...]}]: what a human looks at.
create or replace function public.answer_notes(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  if args ->> 'session_id' is not null then
    perform public.seen_session(args);
  else
    perform public.owned_exam(args);
  end if;
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'session_id', s.id, 'question_id', wanted.value ->> 1,
      'marks', (
        select coalesce(jsonb_agg(jsonb_build_object(
          'model_name', r.model_name, 'try_index', r.try_index, 'marks_awarded', trim_scale(r.marks_awarded),
          'rubric_notes', r.rubric_notes, 'validation_errors', r.validation_errors) order by r.model_name, r.try_index), '[]')
        from public.result r
        join public.grading_call g on g.session_id = s.id and g.run = s.run and g.stage = 'assessment' and g.planned
          and g.model_name = r.model_name and g.try_index = r.try_index
        where r.session_id = s.id and r.question_id = wanted.value ->> 1),
      'reviews', (
        select coalesce(jsonb_agg(jsonb_build_object('mark', trim_scale(v.mark), 'reviewer', v.reviewer, 'note', v.note,
          'reviewed_at', v.reviewed_at) order by v.reviewed_at desc), '[]')
        from public.review v where v.session_id = s.id and v.question_id = wanted.value ->> 1
          and v.withdrawn_at is null)
    ) order by wanted.position), '[]')
    from jsonb_array_elements(args -> 'answers') with ordinality as wanted (value, position)
    join public.session s on s.id = (wanted.value ->> 0)::uuid
      and (s.id = (args ->> 'session_id')::uuid or s.exam_id = (args ->> 'exam_id')::uuid)
  );
end $$;

-- {exam_id, owner_id, answers: [[session_id, question_id], ...]} -> {blind_marking, double_marking, answers: [{session_id, script,
--  question_id, number, text, answer, max_marks, tolerance, human_mark, human_mark_2, marks: [...], reviews: [...],
--  images: [{image_id, role, order_index, url}]}]}: all that a human looks at, in the order of `answers`.
create or replace function public.desk_answers(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  e public.exam := public.owned_exam(args);
begin
  return jsonb_build_object('blind_marking', e.blind_marking, 'double_marking', e.double_marking, 'answers', (
    select coalesce(jsonb_agg(jsonb_build_object(
      'session_id', s.id, 'script', s.name, 'question_id', q.question_id, 'number', q.number, 'text', q.text,
      'answer', q.answer, 'max_marks', trim_scale(q.max_marks), 'tolerance', trim_scale(q.tolerance),
      'human_mark', st.human_marks_by_qid -> q.question_id, 'human_mark_2', st.human_marks_2_by_qid -> q.question_id,
      'marks', (
        select coalesce(jsonb_agg(jsonb_build_object(
          'model_name', r.model_name, 'try_index', r.try_index, 'marks_awarded', trim_scale(r.marks_awarded),
          'rubric_notes', r.rubric_notes, 'validation_errors', r.validation_errors) order by r.model_name, r.try_index), '[]')
        from public.result r
        join public.grading_call g on g.session_id = s.id and g.run = s.run and g.stage = 'assessment' and g.planned
          and g.model_name = r.model_name and g.try_index = r.try_index
        where r.session_id = s.id and r.question_id = q.question_id),
      'reviews', (
        select coalesce(jsonb_agg(jsonb_build_object('review_id', v.id, 'mark', trim_scale(v.mark), 'reviewer', v.reviewer,
          'note', v.note, 'blind', v.blind, 'reviewed_at', v.reviewed_at) order by v.reviewed_at desc, v.id), '[]')
        from public.review v
        where v.session_id = s.id and v.question_id = q.question_id and v.withdrawn_at is null),
      'images', (
        select coalesce(jsonb_agg(jsonb_build_object('image_id', i.id, 'role', i.role, 'order_index', i.order_index,
          'url', i.url) order by array_position(array['student', 'answer_key', 'grading_rubric'], i.role), i.order_index), '[]')
        from public.image i where i.session_id = s.id)
    ) order by wanted.position), '[]')
    from jsonb_array_elements(args -> 'answers') with ordinality as wanted (value, position)
    join public.session s on s.id = (wanted.value ->> 0)::uuid and s.exam_id = e.id
    join public.question q on q.session_id = s.id and q.question_id = wanted.value ->> 1
    left join public.stats st on st.session_id = s.id
  ));
end $$;

-- {exam_id or session_id, owner_id, after, limit} -> {rows: [...], last}: marks as long rows, a page of scripts at a time.
-- An answer that only humans marked has one row, without a model. `after` is the `last` of the page before: the session's
-- place in the exam. A review above the question's maximum, which was lowered since, does not count.
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

-- {session_id, exam_id?, owner_id, review_id, question_id, mark, reviewer, note, user_id, blind} -> {review_id, reviewed_at}. SM404
-- for a question that is not there, or not in that exam, SM422 for a mark above its maximum. The same review_id again is the
-- same review; SM409 where it is the id of another one.
create or replace function public.record_review(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  s public.session := public.owned_session(args);
  q public.question;
  at timestamptz;
begin
  select * into q from public.question where session_id = s.id and question_id = args ->> 'question_id';
  if q.id is null or (args ->> 'exam_id' is not null and s.exam_id is distinct from (args ->> 'exam_id')::uuid) then
    raise exception 'There is no such question.' using errcode = 'SM404', detail = 'NOT_FOUND';
  end if;
  if (args ->> 'mark')::numeric > q.max_marks then
    raise exception 'mark: above the maximum of %.', trim_scale(q.max_marks) using errcode = 'SM422',
      detail = 'VALIDATION_ERROR', hint = jsonb_build_object('errors', jsonb_build_array(jsonb_build_object(
        'field', 'mark', 'message', format('Above the maximum of %s.', trim_scale(q.max_marks)))))::text;
  end if;
  insert into public.review (id, session_id, question_id, mark, reviewer, note, user_id, blind)
  values ((args ->> 'review_id')::uuid, s.id, q.question_id, (args ->> 'mark')::numeric, args ->> 'reviewer', args ->> 'note',
    args ->> 'user_id', coalesce((args ->> 'blind')::boolean, false))
  on conflict (id) do nothing;
  select reviewed_at into at from public.review v
  where v.id = (args ->> 'review_id')::uuid and v.session_id = s.id and v.question_id = q.question_id
    and v.mark = (args ->> 'mark')::numeric;
  if not found then
    raise exception 'review_id: another review has this id; make a new one.' using errcode = 'SM409', detail = 'CONFLICT';
  end if;
  return jsonb_build_object('review_id', args -> 'review_id', 'reviewed_at', at);
end $$;

-- {exam_id or session_id, owner_id, limit} -> [{review_id, session_id, script, question_id, mark, reviewer, user_id, note, blind,
--  reviewed_at, withdrawn_at, withdrawn_by}], latest first: every review that was ever given, also withdrawn ones.
create or replace function public.review_history(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  if args ->> 'session_id' is not null then
    perform public.seen_session(args);
  else
    perform public.owned_exam(args);
  end if;
  return (
    select coalesce(jsonb_agg(change.row_json order by change.reviewed_at desc, change.id), '[]')
    from (
      select v.reviewed_at, v.id, jsonb_build_object('review_id', v.id, 'session_id', s.id, 'script', s.name,
        'question_id', v.question_id, 'mark', trim_scale(v.mark), 'reviewer', v.reviewer, 'user_id', v.user_id,
        'note', v.note, 'blind', v.blind, 'reviewed_at', v.reviewed_at, 'withdrawn_at', v.withdrawn_at,
        'withdrawn_by', v.withdrawn_by) as row_json
      from public.review v
      join public.session s on s.id = v.session_id
      where s.id = (args ->> 'session_id')::uuid or s.exam_id = (args ->> 'exam_id')::uuid
      order by v.reviewed_at desc, v.id
      limit (args ->> 'limit')::int
    ) change
  );
end $$;

-- {exam_id or session_id, owner_id} -> [{session_id, script, question_id, mark, reviewer, note,
-- reviewed_at}], latest first, without withdrawn ones
create or replace function public.reviews(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  if args ->> 'session_id' is not null then
    perform public.seen_session(args);
  else
    perform public.owned_exam(args);
  end if;
  return (
    select coalesce(jsonb_agg(jsonb_build_object('session_id', s.id, 'script', s.name, 'question_id', v.question_id,
      'mark', trim_scale(v.mark), 'reviewer', v.reviewer, 'note', v.note, 'reviewed_at', v.reviewed_at)
      order by v.reviewed_at desc, v.id), '[]')
    from public.review v
    join public.session s on s.id = v.session_id
    where (s.id = (args ->> 'session_id')::uuid or s.exam_id = (args ->> 'exam_id')::uuid) and v.withdrawn_at is null
  );
end $$;

-- All marks of one session in the order of `question_ids`, compact: {session_id, name, seed, group, simulated, human, human_2, final,
--  attempts: [[model_name, try_index, "3,2.5,,x,-", cost_usd, latency_ms]]}. In the string, one field per question: a
-- mark, nothing where there is none, x where one was given and refused (out of range, unreadable, contradictory), - where
-- the attempt was not asked. A review above the question's maximum, which was lowered since, does not count.
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

-- {exam_id, owner_id, blind_marking?, double_marking?} -> {blind_marking, double_marking}; what is null stays.
create or replace function public.set_desk(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  e public.exam := public.owned_exam(args, lock => true);
begin
  update public.exam set
    blind_marking = coalesce((args ->> 'blind_marking')::boolean, blind_marking),
    double_marking = coalesce((args ->> 'double_marking')::boolean, double_marking)
  where id = e.id returning * into e;
  return jsonb_build_object('blind_marking', e.blind_marking, 'double_marking', e.double_marking);
end $$;

-- {exam_id, owner_id, holder, reviewer, keep: [[session_id, question_id], ...], wanted: [...], n, again, seconds} ->
-- [[session_id, question_id], ...]: the first of `keep` and then of `wanted`, at most n, that this desk may look at now; they
-- are its own for so many seconds, and what it held before is free. An answer that another desk holds is not given, and of
-- `wanted` none that was reviewed, unless `again`. With double marking two desks may hold an answer, and a person gets those
-- that they have not reviewed themselves and fewer than two others have.
create or replace function public.take_answers(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  -- Desks of one exam take turns.
  e public.exam := public.owned_exam(args, lock => true);
  most int := case when e.double_marking then 2 else 1 end;
  taken jsonb;
begin
  delete from public.answer_lease l using public.session s
  where s.exam_id = e.id and l.session_id = s.id
    and (l.expires_at < clock_timestamp() or l.holder = args ->> 'holder');
  with asked as (
    select a.value ->> 0 as session_id, a.value ->> 1 as question_id, true as kept, a.position
    from jsonb_array_elements(args -> 'keep') with ordinality a (value, position)
    union all
    select a.value ->> 0, a.value ->> 1, false, 100000 + a.position
    from jsonb_array_elements(args -> 'wanted') with ordinality a (value, position)
  ), held as (
    select l.session_id, l.question_id, count(*) as n from public.answer_lease l
    join public.session s on s.id = l.session_id and s.exam_id = e.id group by l.session_id, l.question_id
  ), given as (
    select v.session_id, v.question_id, count(distinct coalesce(v.reviewer, '')) as n,
      bool_or(v.reviewer is not distinct from args ->> 'reviewer') as own
    from public.review v join public.session s on s.id = v.session_id and s.exam_id = e.id
    where v.withdrawn_at is null group by v.session_id, v.question_id
  ), free as (
    select s.id as session_id, q.question_id, min(asked.position) as position
    from asked
    join public.session s on s.id = asked.session_id::uuid and s.exam_id = e.id
    join public.question q on q.session_id = s.id and q.question_id = asked.question_id
    left join held on held.session_id = s.id and held.question_id = q.question_id
    left join given on given.session_id = s.id and given.question_id = q.question_id
    where coalesce(held.n, 0) < most
      and (asked.kept or (args ->> 'again')::boolean
        or (coalesce(given.n, 0) < most and not (most > 1 and coalesce(given.own, false))))
    group by s.id, q.question_id order by min(asked.position) limit (args ->> 'n')::int
  ), leased as (
    insert into public.answer_lease (session_id, question_id, holder, reviewer, expires_at)
    select free.session_id, free.question_id, args ->> 'holder', args ->> 'reviewer',
      clock_timestamp() + make_interval(secs => (args ->> 'seconds')::float)
    from free
  )
  select coalesce(jsonb_agg(jsonb_build_array(free.session_id, free.question_id) order by free.position), '[]')
  into taken from free;
  return taken;
end $$;

-- {session_id, exam_id?, owner_id, question_id, review_id?, withdrawn_by} -> {review_id, final_mark}: withdraws the named review,
-- else the latest of the answer. It stays stored with who withdrew it and when. A review that was withdrawn before gives the
-- same answer. `final_mark` is what counts now, null where nothing does. SM404 where there is nothing to withdraw.
create or replace function public.withdraw_review(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  s public.session := public.owned_session(args);
  withdrawn uuid;
begin
  if args ->> 'exam_id' is null or s.exam_id is not distinct from (args ->> 'exam_id')::uuid then
    select v.id into withdrawn from public.review v
    where v.session_id = s.id and v.question_id = args ->> 'question_id'
      and case when args ->> 'review_id' is null then v.withdrawn_at is null else v.id = (args ->> 'review_id')::uuid end
    order by v.reviewed_at desc, v.id limit 1;
  end if;
  if withdrawn is null then
    raise exception 'There is no such review.' using errcode = 'SM404', detail = 'NOT_FOUND';
  end if;
  update public.review v set withdrawn_at = clock_timestamp(), withdrawn_by = args ->> 'withdrawn_by'
  where v.id = withdrawn and v.withdrawn_at is null;
  return jsonb_build_object('review_id', withdrawn, 'final_mark', (
    select trim_scale(v.mark) from public.review v
    where v.session_id = s.id and v.question_id = args ->> 'question_id' and v.withdrawn_at is null
    order by v.reviewed_at desc, v.id limit 1));
end $$;

alter table public.answer_lease enable row level security;

revoke all on table public.answer_lease from public, anon, authenticated, service_role;
grant delete, insert, select, update on table public.answer_lease to service_role;

revoke all on function public.desk_answers(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.desk_answers(jsonb) to service_role;

revoke all on function public.review_history(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.review_history(jsonb) to service_role;

revoke all on function public.set_desk(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.set_desk(jsonb) to service_role;

revoke all on function public.take_answers(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.take_answers(jsonb) to service_role;

revoke all on function public.withdraw_review(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.withdraw_review(jsonb) to service_role;

comment on function public.ping(jsonb) is 'migration 20261128124955';
