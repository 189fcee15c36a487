-- {exam_id, owner_id, holder, reviewer, keep: [[session_id, question_id], ...], wanted: [...], n, again, seconds} ->
-- [[session_id, question_id], ...]: the first of `keep` and then of `wanted`, at most n, that this desk may show now.
-- They are reserved for it for `seconds`; all answers that it held before become free. It gets no answer that another
-- desk holds and, unless `again`, no answer of `wanted` that was reviewed. With double marking two desks may hold an
-- answer, and a person gets only answers that neither this person nor two others have reviewed.
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
    select v.session_id, v.question_id, count(distinct public.person(v.reviewer)) as n,
      bool_or(public.person(v.reviewer) = public.person(args ->> 'reviewer')) as own
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
