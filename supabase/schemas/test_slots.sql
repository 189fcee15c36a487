-- {test_id, owner_id} -> {test, tokens: {input, output}, slots: [{slot, accepted_at, given_up, message, tried,
-- round, changed_at}]}: the live view of a test that is being made.
create or replace function public.test_slots(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  t public.generated_test := public.owned_test(args);
begin
  return jsonb_build_object('test', public.test_json(t),
    'tokens', (
      select jsonb_build_object('input', coalesce(sum(a.prompt_tokens), 0), 'output', coalesce(sum(a.completion_tokens), 0))
      from public.test_attempt a where a.test_id = t.id),
    'slots', (
      select jsonb_agg(jsonb_build_object(
        'slot', s, 'accepted_at', q.created_at,
        'given_up', q.id is null
          and coalesce((last.verdict ->> 'final')::boolean and last.verdict ->> 'outcome' <> 'late', false),
        'message', last.verdict ->> 'message', 'tried', last.round is not null, 'round', coalesce(last.round, 0),
        'changed_at', last.created_at) order by s)
      from generate_series(1, t.target_questions) s
      left join public.test_question q on q.test_id = t.id and q.slot = s
      left join lateral (
        select a.round, a.verdict, a.created_at from public.test_attempt a
        where a.test_id = t.id and a.slot = s and a.role = 'writer' order by a.round desc limit 1
      ) last on true)
  );
end $$;
