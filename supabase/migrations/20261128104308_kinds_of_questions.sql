-- Made by `make migration` from the difference between supabase/schemas and the migrations before this one.
set check_function_bodies = off;

drop function public.edited_checks(public.test_question,public.test_question,jsonb);

alter table public.test_question drop constraint test_question_correct_option_check;

alter table public.test_question add column kind text default 'single'::text not null;

alter table public.test_question add column prompts jsonb default '[]'::jsonb not null;

alter table public.test_question add constraint test_question_correct_option_check CHECK ((correct_option ~ '^([A-D]|[A-D](,[A-D])+|1[A-D](,[2-4][A-D])+)$'::text));

alter table public.test_question add constraint test_question_kind_check CHECK ((kind = ANY (ARRAY['single'::text, 'several'::text, 'true_false'::text, 'assertion_reason'::text, 'matching'::text])));

-- {test_id, lease_owner, slot, question: {...}} -> {accepted}. Not accepted where the test is over, cancelled included, or
-- another process's; the first question of a slot stays.
create or replace function public.accept_question(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  q jsonb := args -> 'question';
  t public.generated_test;
begin
  select * into t from public.generated_test o
  where o.id = (args ->> 'test_id')::uuid and o.status = 'generating' and o.lease_owner = args ->> 'lease_owner'
  for no key update;
  if t.id is null then
    return jsonb_build_object('accepted', false);
  end if;
  insert into public.test_question
    (test_id, slot, question, options, correct_option, why_wrong, explanation, difficulty, topic, bloom, page, quote, checks,
     kind, prompts)
  values (
    t.id, (args ->> 'slot')::int, q ->> 'question', q -> 'options', q ->> 'correct_option', q -> 'why_wrong',
    q ->> 'explanation', t.difficulty, q ->> 'topic', q ->> 'bloom', (q ->> 'page')::int, q ->> 'quote', q -> 'checks',
    coalesce(q ->> 'kind', 'single'), coalesce(q -> 'prompts', '[]')
  )
  on conflict (test_id, slot) do nothing;
  update public.generated_test set
    questions_generated = (select count(*) from public.test_question o where o.test_id = t.id)
  where id = t.id;
  return jsonb_build_object('accepted', true);
end $$;

-- {test_id, owner_id, question_id, question: {...}} -> the question, in the first free slot. SM409 while the test is being
-- made and when it has all its questions. A test that is full by then is completed, else partial, also one that had failed.
create or replace function public.add_test_question(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  t public.generated_test := public.owned_test(args, lock => true);
  n jsonb := args -> 'question';
  q public.test_question;
  free int;
begin
  select * into q from public.test_question o where o.test_id = t.id and o.id = (args ->> 'question_id')::uuid;
  if q.id is not null then
    return public.test_question_json(q);
  end if;
  if t.status in ('pending', 'generating') then
    raise exception 'The test is being made; wait until it is done or cancel it.'
      using errcode = 'SM409', detail = 'GENERATION_IN_PROGRESS';
  end if;
  select min(s) into free from generate_series(1, t.target_questions) s
  where not exists (select from public.test_question o where o.test_id = t.id and o.slot = s);
  if free is null then
    raise exception 'The test has all its % questions.', t.target_questions using errcode = 'SM409', detail = 'TEST_FULL';
  end if;
  insert into public.test_question
    (id, test_id, slot, question, options, correct_option, why_wrong, explanation, difficulty, topic, max_marks, state, kind,
     prompts, checks)
  values (
    (args ->> 'question_id')::uuid, t.id, free, n ->> 'question', n -> 'options', n ->> 'correct_option',
    n -> 'why_wrong', n ->> 'explanation', coalesce(n ->> 'difficulty', t.difficulty), n ->> 'topic',
    (n ->> 'max_marks')::numeric, 'edited', coalesce(n ->> 'kind', 'single'), coalesce(n -> 'prompts', '[]'),
    coalesce(n -> 'checks', '{}')
  ) returning * into q;
  select count(*) into free from public.test_question o where o.test_id = t.id;
  update public.generated_test set
    questions_generated = free,
    status = case when free >= target_questions then 'completed' else 'partial' end,
    failure_reason = case when free < target_questions then failure_reason end
  where id = t.id;
  return public.test_question_json(q);
end $$;

-- SM422 naming each of the questions whose answer is no letter and no key of several: code, which is to mark them, would have nothing to mark by.
create or replace function public.check_keys(questions jsonb) returns void
language plpgsql immutable set search_path = '' as $$
declare
  problems jsonb;
begin
  select jsonb_agg(jsonb_build_object(
    'field', format('questions.%s.answer', n.position - 1), 
    'message', 'Must be A, B, C or D, or several such as A,C or 1C,2A: code marks this session.'))
  into problems
  from jsonb_array_elements(questions) with ordinality as n (value, position)
  where coalesce(n.value ->> 'answer', '') !~ '^([A-D]|[A-D](,[A-D])+|1[A-D](,[2-4][A-D])+)$';
  if problems is not null then
    raise exception 'answer: must be a letter or several: code marks this session.' using errcode = 'SM422',
      detail = 'VALIDATION_ERROR', hint = jsonb_build_object('errors', problems)::text;
  end if;
end $$;

-- {test_id, lease_owner, lease_seconds} -> all that a run needs, or null: no longer in the making, or another's lease is good.
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
    'models', t.models, 'seed', t.seed, 'cost_usd', trim_scale(t.cost_usd),
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

-- {test_id, owner_id, question_id, changes: {question?, options?, ...}, findings?} -> the question. What is not named stays, except what
-- argued for something else: a reason follows the text of its option and goes where that is gone or is the key; explanation
-- and quote go where the key is another text. Reasons are changed letter by letter, an empty one goes. `checks` tells of it.
-- SM404 where there is no such question, SM422 for a reason against the key.
create or replace function public.edit_test_question(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  t public.generated_test := public.owned_test(args);
  c jsonb := args -> 'changes';
  o public.test_question;
  n public.test_question;
  argued text;
begin
  select * into o from public.test_question q
  where q.test_id = t.id and q.id = (args ->> 'question_id')::uuid for update;
  if o.id is null then
    raise exception 'There is no such question.' using errcode = 'SM404', detail = 'NOT_FOUND';
  end if;
  n := jsonb_populate_record(o, c - 'why_wrong');
  select w.key into argued from jsonb_each_text(c -> 'why_wrong') w
  where w.value <> '' and n.kind <> 'matching' and w.key = any (string_to_array(n.correct_option, ',')) limit 1;
  if argued is not null then
    raise exception 'why_wrong.%: this is the right option.', argued using
      errcode = 'SM422', detail = 'VALIDATION_ERROR',
      hint = jsonb_build_object('errors', jsonb_build_array(jsonb_build_object(
        'field', 'why_wrong.' || argued, 'message', 'This is the right option.')))::text;
  end if;
  select coalesce(jsonb_object_agg(w.letter, w.why), '{}') into n.why_wrong
  from (
    select chr(64 + a.at::int) as letter,
      coalesce(c -> 'why_wrong' ->> chr(64 + a.at::int), o.why_wrong ->> chr(64 + b.at::int)) as why
    from jsonb_array_elements_text(n.options) with ordinality a (option, at)
    left join jsonb_array_elements_text(o.options) with ordinality b (option, at) on b.option = a.option
  ) w
  where w.why <> '' and (n.kind = 'matching' or w.letter <> all (string_to_array(n.correct_option, ',')));
  if public.right_texts(n) <> public.right_texts(o) then
    n.explanation := coalesce(c ->> 'explanation', '');
    n.quote := '';
    n.page := null;
  end if;
  update public.test_question q set
    question = n.question, options = n.options, correct_option = n.correct_option, why_wrong = n.why_wrong,
    explanation = n.explanation, difficulty = n.difficulty, topic = n.topic, max_marks = n.max_marks, quote = n.quote,
    page = n.page, prompts = n.prompts, checks = public.edited_checks(o, n, c, args -> 'findings'), state = 'edited', updated_at = clock_timestamp()
  where q.id = o.id returning * into n;
  return public.test_question_json(n);
end $$;

-- The `checks` of question `o` once it is `n` by the changes `c`: with `edited`, the fields changed so far; `removed`, what went
-- because it argued for something else; `unconfirmed`, what was written for another wording of the question. What is named
-- leaves the last two. Where the edit touched what is checked, `judgement` holds the findings of the new wording, and a
-- finding beside them says that no model has solved it. What had been found of the old wording goes.
create or replace function public.edited_checks(
  o public.test_question, n public.test_question, c jsonb, judgement jsonb
) returns jsonb
language plpgsql immutable set search_path = '' as $$
declare
  edited text[];
  removed text[];
  unconfirmed text[];
  judged text;
  findings jsonb := o.checks -> 'findings';
begin
  select array_agg(distinct e.name) into edited
  from (
    select jsonb_array_elements_text(o.checks -> 'edited') as name
    union all select key from jsonb_each(c) where value is distinct from to_jsonb(o) -> key
  ) e;
  select array_agg(distinct r.name) into removed
  from (
    select jsonb_array_elements_text(o.checks -> 'removed') as name
    union all select 'explanation' where o.explanation <> '' and n.explanation = ''
    union all select 'quote' where o.quote <> '' and n.quote = ''
    union all select 'why_wrong.' || w.key from jsonb_each(o.why_wrong) w where not exists (
      select from jsonb_array_elements_text(n.options) with ordinality a (option, at)
      where a.option = o.options ->> ascii(w.key) - 65 and n.why_wrong ? chr(64 + a.at::int))
  ) r
  where not c ? r.name and not coalesce(c -> 'why_wrong' ? split_part(r.name, '.', 2), false);
  select array_agg(distinct u.name) into unconfirmed
  from (
    select jsonb_array_elements_text(o.checks -> 'unconfirmed') as name
    union all select unnest(array['explanation', 'quote', 'why_wrong']) where n.question <> o.question
  ) u
  where not c ? u.name and to_jsonb(n) ->> u.name not in ('', '{}');
  select string_agg(name, ', ') into judged
  from unnest(edited) name where name in ('question', 'prompts', 'options', 'correct_option');
  judgement := nullif(judgement, 'null');
  if judgement is not null and judged is not null then
    findings := judgement || jsonb_build_object(
      'code', 'edited', 'blocking', false,
      'message', 'Edited since other models solved it: ' || judged || '. The checks by code were made again; POST '
        || format('/tests/%s/questions/%s/check', o.test_id, o.id) || ' has the models solve it again.');
  end if;
  return o.checks - 'removed' - 'unconfirmed' - case when judgement is null or judged is null then '' else 'blind' end || jsonb_strip_nulls(jsonb_build_object(
    'findings', findings, 'edited', edited, 'removed', removed, 'unconfirmed', unconfirmed));
end $$;

-- {test_id, owner_id, question_id, updated_at, checks: {findings, blind}} -> the question with these checks. SM409 where it
-- was edited after `updated_at`: what was judged is not what stands there now.
create or replace function public.judge_test_question(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  t public.generated_test := public.owned_test(args);
  q public.test_question;
begin
  update public.test_question o set checks = o.checks || (args -> 'checks')
  where o.test_id = t.id and o.id = (args ->> 'question_id')::uuid
    and o.updated_at = (args ->> 'updated_at')::timestamptz
  returning * into q;
  if q.id is null then
    raise exception 'The question was edited while it was checked. Check it again.'
      using errcode = 'SM409', detail = 'CONFLICT';
  end if;
  return public.test_question_json(q);
end $$;

-- A question with its prompts and options, as a session keeps it: what was asked stays known when the test is edited.
create or replace function public.printed_question(q public.test_question) returns text
language sql stable set search_path = '' as $$
  select concat_ws(E'\n', q.question, '1. ' || (q.prompts ->> 0), '2. ' || (q.prompts ->> 1), '3. ' || (q.prompts ->> 2),
    '4. ' || (q.prompts ->> 3), 'A. ' || (q.options ->> 0), 'B. ' || (q.options ->> 1), 'C. ' || (q.options ->> 2),
    'D. ' || (q.options ->> 3));
$$;

-- What a question's key says, whichever letters it has: the texts of the right options, of a matching question the pairs.
create or replace function public.right_texts(q public.test_question) returns jsonb
language sql immutable set search_path = '' as $$
  select jsonb_agg(r.said order by r.said)
  from (
    select concat_ws(' = ', q.prompts ->> left(part, 1)::int - 1, q.options ->> ascii(right(part, 1)) - 65) as said
    from unnest(string_to_array(q.correct_option, ',')) part where q.kind = 'matching'
    union all
    select q.options ->> ascii(part) - 65 from unnest(string_to_array(q.correct_option, ',')) part where q.kind <> 'matching'
  ) r;
$$;

-- One test as clients see it, without its questions; elapsed_time in seconds.
create or replace function public.test_json(t public.generated_test) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'id', t.id, 'document_id', t.document_id, 'name', t.name, 'status', t.status, 'difficulty', t.difficulty,
    'target_questions', t.target_questions, 'questions_generated', t.questions_generated,
    'model', t.models -> 'writer', 'solver_models', t.models -> 'solvers', 'topics', t.models -> 'topics',
    'language', t.models ->> 'language', 'unused_pages', coalesce(t.models -> 'unused_pages', '[]'),
    'kinds', coalesce(t.models -> 'kinds', '["single"]'), 'blooms', coalesce(t.models -> 'blooms', '[]'),
    'max_cost_usd', t.models -> 'max_cost_usd',
    'prompt_version', t.prompt_version, 'cost_usd', trim_scale(t.cost_usd), 'failure_reason', t.failure_reason,
    'created_at', t.created_at, 'finished_at', t.finished_at,
    'elapsed_time', round(extract(epoch from coalesce(t.finished_at, clock_timestamp()) - t.created_at), 3)
  );
$$;

-- One question as clients see it.
create or replace function public.test_question_json(q public.test_question) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'id', q.id, 'slot', q.slot, 'number', public.test_question_number(q), 'question', q.question, 'options', q.options, 'correct_option', q.correct_option,
    'why_wrong', q.why_wrong, 'explanation', q.explanation, 'difficulty', q.difficulty, 'topic', q.topic,
    'bloom', q.bloom, 'page', q.page, 'quote', q.quote, 'max_marks', trim_scale(q.max_marks), 'checks', q.checks,
    'state', q.state, 'kind', q.kind, 'prompts', q.prompts, 'created_at', q.created_at, 'updated_at', q.updated_at
  );
$$;

revoke all on function public.edited_checks(public.test_question,public.test_question,jsonb,jsonb) from public, anon, authenticated, service_role;
grant execute on function public.edited_checks(public.test_question,public.test_question,jsonb,jsonb) to service_role;

revoke all on function public.judge_test_question(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.judge_test_question(jsonb) to service_role;

revoke all on function public.right_texts(public.test_question) from public, anon, authenticated, service_role;
grant execute on function public.right_texts(public.test_question) to service_role;

comment on function public.ping(jsonb) is 'migration 20261128104308';
