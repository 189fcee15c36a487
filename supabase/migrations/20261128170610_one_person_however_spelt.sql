-- Made by `make migration` from the difference between supabase/schemas and the migrations before this one.
set check_function_bodies = off;

-- {exam_id or session_id, owner_id, answers: [[session_id, question_id], ...], keeps_blind?, reviewer?} -> [{session_id,
--  question_id, hidden, secret, marks: [{model_name, try_index, marks_awarded, rubric_notes, validation_errors}], reviews: [...]}]: the
-- notes and reviews that a human reads. With `keeps_blind` an answer that `is_secret.sql` finds has no reviews, and with
-- blind marking it is hidden: it has no marks either.
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
      'session_id', s.id, 'question_id', wanted.value ->> 1, 'hidden', blind.hidden, 'secret', coalesce(told.secret, false),
      'marks', (
        select coalesce(jsonb_agg(jsonb_build_object(
          'model_name', r.model_name, 'try_index', r.try_index, 'marks_awarded', trim_scale(r.marks_awarded),
          'rubric_notes', r.rubric_notes, 'validation_errors', r.validation_errors) order by r.model_name, r.try_index), '[]')
        from public.result r
        join public.grading_call g on g.session_id = s.id and g.run = s.run and g.stage = 'assessment' and g.planned
          and g.model_name = r.model_name and g.try_index = r.try_index
        where r.session_id = s.id and r.question_id = wanted.value ->> 1 and not blind.hidden),
      'reviews', (
        select coalesce(jsonb_agg(jsonb_build_object('mark', trim_scale(v.mark), 'reviewer', v.reviewer, 'note', v.note,
          'reviewed_at', v.reviewed_at) order by v.reviewed_at desc), '[]')
        from public.review v where v.session_id = s.id and v.question_id = wanted.value ->> 1
          and v.withdrawn_at is null and told.secret is not true)
    ) order by wanted.position), '[]')
    from jsonb_array_elements(args -> 'answers') with ordinality as wanted (value, position)
    join public.session s on s.id = (wanted.value ->> 0)::uuid
      and (s.id = (args ->> 'session_id')::uuid or s.exam_id = (args ->> 'exam_id')::uuid)
    left join public.exam e on e.id = s.exam_id
    cross join lateral (
      select (args ->> 'keeps_blind')::boolean
        and public.is_secret(e, s.id, wanted.value ->> 1, args ->> 'reviewer') as secret
    ) told
    cross join lateral (select coalesce(told.secret and e.blind_marking, false) as hidden) blind
  );
end $$;

-- Whether the marks of this answer must stay unknown to the reader of a list: the exam has blind or double marking, and
-- the reviewer has not marked the answer yet; without a reviewer, somebody who is to mark it has not.
create or replace function public.is_secret(e public.exam, session_id uuid, question_id text, reviewer text) returns boolean
language sql stable set search_path = '' as $$
  select coalesce(e.blind_marking or e.double_marking, false)
    and count(distinct public.person(v.reviewer)) < case when e.double_marking and is_secret.reviewer is null then 2 else 1 end
  from public.review v
  where v.session_id = is_secret.session_id and v.question_id = is_secret.question_id and v.withdrawn_at is null
    and (is_secret.reviewer is null or public.person(v.reviewer) = public.person(is_secret.reviewer))
$$;

-- Who a typed name is: "Ada", "ada" and " Ada " are one person. The empty text where nobody is named.
create or replace function public.person(name text) returns text
language sql immutable set search_path = '' as $$
  select coalesce(lower(regexp_replace(btrim(normalize(name)), '\s+', ' ', 'g')), '')
$$;

-- {exam_id or session_id, owner_id, keeps_blind?, reviewer?} -> [{session_id, script, question_id, mark, reviewer, note, reviewed_at, hidden}],
-- latest first, without withdrawn ones. `hidden`: with `keeps_blind`, a list for this reviewer must not tell the marks; see `is_secret.sql`.
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
      'mark', trim_scale(v.mark), 'reviewer', v.reviewer, 'note', v.note, 'reviewed_at', v.reviewed_at,
      'hidden', case when (args ->> 'keeps_blind')::boolean
        then public.is_secret(e, s.id, v.question_id, args ->> 'reviewer') else false end)
      order by v.reviewed_at desc, v.id), '[]')
    from public.review v
    join public.session s on s.id = v.session_id
    left join public.exam e on e.id = s.exam_id
    where (s.id = (args ->> 'session_id')::uuid or s.exam_id = (args ->> 'exam_id')::uuid) and v.withdrawn_at is null
  );
end $$;

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

revoke all on function public.is_secret(public.exam,uuid,text,text) from public, anon, authenticated, service_role;
grant execute on function public.is_secret(public.exam,uuid,text,text) to service_role;

revoke all on function public.person(text) from public, anon, authenticated, service_role;
grant execute on function public.person(text) to service_role;

comment on function public.ping(jsonb) is 'migration 20261128170610';
