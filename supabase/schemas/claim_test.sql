-- {test_id, lease_owner, lease_seconds} -> all that a run needs, or null if the test is over or another process holds it.
create or replace function public.claim_test(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  t public.generated_test;
begin
  update public.generated_test set
    status = 'generating', lease_owner = args ->> 'lease_owner',
    lease_expires_at = clock_timestamp() + make_interval(secs => (args ->> 'lease_seconds')::double precision)
  where id = (args ->> 'test_id')::uuid and status in ('pending', 'generating')
    and (lease_owner is null or lease_owner = args ->> 'lease_owner' or lease_expires_at < clock_timestamp())
  returning * into t;
  if t.id is null then
    return null;
  end if;
  return jsonb_build_object(
    'test_id', t.id, 'document_id', t.document_id, 'target_questions', t.target_questions, 'difficulty', t.difficulty,
    'models', t.models, 'seed', t.seed, 'correlation_id', t.correlation_id, 'cost_usd', trim_scale(t.cost_usd),
    'questions', (
      select coalesce(jsonb_agg(public.test_question_json(q) order by q.slot), '[]')
      from public.test_question q where q.test_id = t.id),
    'attempts', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'slot', a.slot, 'round', a.round, 'role', a.role, 'model', a.model, 'with_quote', a.with_quote,
        'content', a.raw -> 'content', 'verdict', a.verdict) order by a.created_at), '[]')
      from public.test_attempt a where a.test_id = t.id)
  );
end $$;
