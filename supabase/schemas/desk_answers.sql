-- {exam_id, owner_id, answers: [[session_id, question_id], ...]} -> {blind_marking, double_marking, answers: [{session_id, script,
--  question_id, number, text, answer, max_marks, tolerance, human_mark, human_mark_2, marks: [...], reviews: [...],
--  images: [{image_id, role, order_index, url}]}]}: everything that the review desk shows, in the order of `answers`.
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
          'rubric_notes', r.rubric_notes, 'validation_errors', r.validation_errors,
          -- Where a prompt asks for them: the number of the scan, and the student's words that earned the mark.
          'page', case when jsonb_typeof(r.raw_output -> 'page') = 'number' then r.raw_output -> 'page' end,
          'quote', case when jsonb_typeof(r.raw_output -> 'quote') = 'string' then left(r.raw_output ->> 'quote', 500) end
        ) order by r.model_name, r.try_index), '[]')
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
