-- {exam_id, owner_id} or {session_id, owner_id} -> a text that changes with each change of a row that `exam_marks` with the
-- same arguments reads. A later transaction has a higher number, so that no change leaves count, sum and maximum as they were.
create or replace function public.marks_version(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  of_session uuid;
  of_exam uuid;
begin
  if args ->> 'session_id' is not null then
    of_session := (args ->> 'session_id')::uuid;
    of_exam := (public.seen_session(args)).exam_id;
  else
    of_exam := (public.owned_exam(args)).id;
  end if;
  return (
    select to_jsonb(string_agg(concat_ws(' ', part, n, total, latest), '; ' order by part))
    from (
      select rows.part, count(*) as n, sum(rows.xid) as total, max(rows.xid) as latest
      from (
        select 'exam' as part, t.xmin::text::bigint as xid from public.exam t where t.id = of_exam
        union all
        select 'exam_question', t.xmin::text::bigint from public.exam_question t where t.exam_id = of_exam
        union all
        select 'session', t.xmin::text::bigint from public.session t where t.exam_id = of_exam or t.id = of_session
        union all
        select 'question', t.xmin::text::bigint from public.question t
        join public.session s on s.id = t.session_id where s.id = of_session or (of_session is null and s.exam_id = of_exam)
        union all
        select 'stats', t.xmin::text::bigint from public.stats t
        join public.session s on s.id = t.session_id where s.id = of_session or (of_session is null and s.exam_id = of_exam)
        union all
        select 'review', t.xmin::text::bigint from public.review t
        join public.session s on s.id = t.session_id where s.id = of_session or (of_session is null and s.exam_id = of_exam)
        union all
        select 'grading_call', t.xmin::text::bigint from public.grading_call t
        join public.session s on s.id = t.session_id where s.id = of_session or (of_session is null and s.exam_id = of_exam)
        union all
        select 'result', t.xmin::text::bigint from public.result t
        join public.session s on s.id = t.session_id where s.id = of_session or (of_session is null and s.exam_id = of_exam)
      ) rows
      group by rows.part
    ) parts
  );
end $$;
