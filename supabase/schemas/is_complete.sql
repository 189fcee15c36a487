-- Whether a stored call succeeded with the same inputs and needs no repeat: every question has a mark, or the model
-- declined to mark it. Criteria that name the former ids of renamed questions serve only attempts that need no repeat.
create or replace function public.is_complete(g public.grading_call, request jsonb) returns boolean
language sql stable set search_path = '' as $$
  select g.status = 'succeeded' and public.has_same_inputs(g.request, request) and (
    g.stage = 'assessment' or g.request ->> 'input_hash' = request ->> 'input_hash' or exists (
      select from public.grading_call a
      where a.session_id = g.session_id and a.run = g.run and a.model_name = g.model_name and a.try_index = g.try_index
        and a.stage = 'assessment' and a.status = 'succeeded'
    )
  ) and not exists (
    select from public.result r
    join public.question q on q.session_id = r.session_id and q.question_id = r.question_id
    where (g.stage = 'assessment' or g.request ->> 'input_hash' <> request ->> 'input_hash')
      and r.session_id = g.session_id and r.model_name = g.model_name
      and r.try_index = g.try_index and r.marks_awarded is null
      and not r.validation_errors @> '[{"reason": "abstained"}]'
  );
$$;
