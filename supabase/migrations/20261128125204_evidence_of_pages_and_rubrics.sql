-- Made by `make migration` from the difference between supabase/schemas and the migrations before this one.
set check_function_bodies = off;

-- Every call that read a page off its image, with its whole replies. `raw` is {content, exchanges}; content is null where
-- there was no answer.
create table public.document_call (
  id uuid primary key default gen_random_uuid(),
  document_id uuid not null references public.document on delete cascade,
  page int not null check (page >= 1),
  raw jsonb not null,
  created_at timestamptz not null default clock_timestamp()
);

create INDEX document_call_of_document ON public.document_call USING btree (document_id, page);

-- {document_id, total_pages, pages: [{page, text, source}], cost_usd, calls?: [{page, raw}]} -> {}. A page that
-- is stored already stays as it is, but what was read off its image takes the place of its own text. cost_usd is what all
-- calls for the document have cost until now: told twice, or late, it is counted once. `calls` are evidence, each kept once.
create or replace function public.record_pages(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  perform from public.document d where d.id = (args ->> 'document_id')::uuid for no key update;
  if not found then
    return '{}';
  end if;
  insert into public.document_page as p (document_id, page, text, source)
  select (args ->> 'document_id')::uuid, n.page, n.text, n.source
  from jsonb_to_recordset(args -> 'pages') as n (page int, text text, source text)
  on conflict (document_id, page) do update set text = excluded.text, source = excluded.source
  where p.source = 'text' and excluded.source = 'ocr';
  insert into public.document_call (document_id, page, raw)
  select (args ->> 'document_id')::uuid, n.page, n.raw
  from jsonb_to_recordset(coalesce(args -> 'calls', '[]')) as n (page int, raw jsonb)
  where not exists (
    select from public.document_call c
    where c.document_id = (args ->> 'document_id')::uuid and c.page = n.page and c.raw = n.raw);
  update public.document set
    total_pages = (args ->> 'total_pages')::int,
    extracted_pages = (select count(*) from public.document_page p where p.document_id = (args ->> 'document_id')::uuid),
    cost_usd = greatest(cost_usd, (args ->> 'cost_usd')::numeric)
  where id = (args ->> 'document_id')::uuid;
  return '{}';
end $$;

-- {session_id, owner_id, run, graded, calls: [{model_name, try_index, input_hash, status, error, parse_path, passed_over,
--  validation_errors, before, results: [{question_id, marks_awarded, rubric_notes, raw_output, validation_errors}]}],
--  rubrics?: [{model_name, try_index, input_hash, criteria, before}]}
-- -> {changed}. Puts marks that were read anew from stored answers in the place of the old ones; `before` is kept with the
-- evidence of the call. `graded` makes a session that failed for want of marks a graded one. `rubrics` are failed calls
-- whose criteria can be read now: the next run of the same plan does not ask for them again. SM409 while it is graded.
create or replace function public.record_reread(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  s public.session := public.idle_session(args);
  changed int;
begin
  if s.run <> (args ->> 'run')::int then
    return jsonb_build_object('changed', 0);
  end if;
  update public.grading_call g set
    status = 'succeeded', criteria = c.criteria, error = null, raw_output = g.raw_output || jsonb_build_array(c.before)
  from jsonb_to_recordset(coalesce(args -> 'rubrics', '[]')) as c (
    model_name text, try_index int, input_hash text, criteria text, before jsonb)
  where g.session_id = s.id and g.run = s.run and g.stage = 'rubric' and g.model_name = c.model_name
    and g.try_index = c.try_index and g.request ->> 'input_hash' = c.input_hash and g.status = 'failed';
  with call as (
    select * from jsonb_to_recordset(args -> 'calls') as c (
      model_name text, try_index int, input_hash text, status text, error jsonb, parse_path text, passed_over jsonb,
      validation_errors jsonb, before jsonb, results jsonb)
  ), read_anew as (
    update public.grading_call g set
      status = c.status, error = c.error, parse_path = c.parse_path, passed_over = coalesce(c.passed_over, '[]'),
      validation_errors = coalesce(c.validation_errors, '[]'), raw_output = g.raw_output || jsonb_build_array(c.before)
    from call c
    where g.session_id = s.id and g.run = s.run and g.stage = 'assessment' and g.model_name = c.model_name
      and g.try_index = c.try_index and g.request ->> 'input_hash' = c.input_hash and g.status in ('succeeded', 'failed')
    returning g.model_name, g.try_index
  ), mark as (
    insert into public.result
      (session_id, question_id, model_name, try_index, marks_awarded, rubric_notes, raw_output, validation_errors)
    select s.id, q.question_id, r.model_name, r.try_index,
      case when m.marks_awarded between 0 and q.max_marks then m.marks_awarded end, m.rubric_notes, m.raw_output,
      coalesce(m.validation_errors, '[]')
    from read_anew r
    join call c using (model_name, try_index)
    cross join jsonb_to_recordset(c.results)
      as m (question_id text, marks_awarded numeric, rubric_notes text, raw_output jsonb, validation_errors jsonb)
    join public.question q on q.session_id = s.id and q.question_id = m.question_id
    on conflict (session_id, question_id, model_name, try_index) do update set
      marks_awarded = excluded.marks_awarded, rubric_notes = excluded.rubric_notes, raw_output = excluded.raw_output,
      validation_errors = excluded.validation_errors
  )
  select count(*) into changed from read_anew;
  if (args ->> 'graded')::boolean then
    update public.session set status = 'graded', failure_reason = null, updated_at = clock_timestamp() where id = s.id;
  end if;
  return jsonb_build_object('changed', changed);
end $$;

-- {test_id, slot, round, role, model, with_quote, raw, verdict, prompt_tokens, completion_tokens, cost_usd} -> {}. What is
-- stored already gets the new verdict and is not paid twice. Also stored after a cancel: it was paid for. Verdict interrupted
-- stores what a call had cost before it was interrupted; what comes for that call later is added to it. The notes of the
-- exchanges (what was left out of a request because the model refuses it) become notes of the test, each once.
create or replace function public.record_test_attempt(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  t public.generated_test;
  noted jsonb;
begin
  select * into t from public.generated_test o where o.id = (args ->> 'test_id')::uuid for no key update;
  if t.id is null then
    return '{}';
  end if;
  select jsonb_agg(distinct n.note) into noted
  from jsonb_array_elements(coalesce(args -> 'raw' -> 'exchanges', '[]')) e,
    jsonb_array_elements(coalesce(e -> 'notes', '[]')) as n (note)
  where not coalesce(t.models -> 'notes', '[]') @> jsonb_build_array(n.note);
  if noted is not null then
    update public.generated_test
    set models = models || jsonb_build_object('notes', coalesce(models -> 'notes', '[]') || noted)
    where id = t.id;
  end if;
  insert into public.test_attempt as a
    (test_id, slot, round, role, model, with_quote, raw, verdict, prompt_tokens, completion_tokens, cost_usd)
  values (
    (args ->> 'test_id')::uuid, (args ->> 'slot')::int, (args ->> 'round')::int, args ->> 'role', args ->> 'model',
    (args ->> 'with_quote')::boolean, args -> 'raw', args -> 'verdict', (args ->> 'prompt_tokens')::int,
    (args ->> 'completion_tokens')::int, (args ->> 'cost_usd')::numeric
  )
  on conflict (test_id, slot, round, role, model, with_quote) do update set
    raw = excluded.raw || jsonb_build_object(
      'exchanges', coalesce(a.raw -> 'exchanges', '[]') || coalesce(excluded.raw -> 'exchanges', '[]')),
    verdict = excluded.verdict, prompt_tokens = a.prompt_tokens + excluded.prompt_tokens,
    completion_tokens = a.completion_tokens + excluded.completion_tokens, cost_usd = a.cost_usd + excluded.cost_usd
    -- A sending that is repeated, because the reply to the first one was lost, brings nothing new.
    where a.verdict ->> 'outcome' = 'interrupted' and excluded.raw ? 'exchanges'
      and not a.raw -> 'exchanges' @> (excluded.raw -> 'exchanges');
  if found then
    update public.generated_test set cost_usd = cost_usd + (args ->> 'cost_usd')::numeric
    where id = (args ->> 'test_id')::uuid;
  else
    update public.test_attempt set verdict = args -> 'verdict'
    where test_id = (args ->> 'test_id')::uuid and slot = (args ->> 'slot')::int and round = (args ->> 'round')::int
      and role = args ->> 'role' and model = args ->> 'model' and with_quote = (args ->> 'with_quote')::boolean;
  end if;
  if t.status not in ('pending', 'generating') then
    perform public.close_attempts(t.id);
  end if;
  return '{}';
end $$;

-- {session_id, owner_id} -> {status, failure_reason, run, plan, marked_by, questions, calls: [...], rubrics: [...]}: every
-- assessment call of the current plan that is over, with the evidence of its requests and the marks that were read from it,
-- and every rubric call that failed, with its evidence.
create or replace function public.stored_answers(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  s public.session := public.seen_session(args);
begin
  return jsonb_build_object(
    'status', s.status, 'failure_reason', s.failure_reason, 'run', s.run, 'plan', s.plan, 'marked_by', s.marked_by,
    'questions', public.questions_of(s.id),
    'calls', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'model_name', g.model_name, 'try_index', g.try_index, 'input_hash', g.request ->> 'input_hash',
        'status', g.status, 'error', g.error, 'parse_path', g.parse_path, 'passed_over', g.passed_over,
        'validation_errors', g.validation_errors, 'completions', g.raw_output,
        'results', (
          select coalesce(jsonb_agg(jsonb_build_object(
            'question_id', r.question_id, 'marks_awarded', trim_scale(r.marks_awarded), 'rubric_notes', r.rubric_notes,
            'raw_output', r.raw_output, 'validation_errors', r.validation_errors)), '[]')
          from public.result r
          where r.session_id = s.id and r.model_name = g.model_name and r.try_index = g.try_index)
        ) order by g.model_name, g.try_index), '[]')
      from public.grading_call g
      where g.session_id = s.id and g.run = s.run and g.planned and g.stage = 'assessment'
        and g.status in ('succeeded', 'failed') and not g.request ? 'imported'
    ),
    'rubrics', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'model_name', g.model_name, 'try_index', g.try_index, 'input_hash', g.request ->> 'input_hash',
        'status', g.status, 'error', g.error, 'completions', g.raw_output) order by g.model_name, g.try_index), '[]')
      from public.grading_call g
      where g.session_id = s.id and g.run = s.run and g.planned and g.stage = 'rubric' and g.status = 'failed'
    ));
end $$;

-- One test as clients see it, without its questions; elapsed_time in seconds.
create or replace function public.test_json(t public.generated_test) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'id', t.id, 'document_id', t.document_id, 'name', t.name, 'status', t.status, 'difficulty', t.difficulty,
    'target_questions', t.target_questions, 'questions_generated', t.questions_generated,
    'model', t.models -> 'writer', 'solver_models', t.models -> 'solvers', 'topics', t.models -> 'topics',
    'language', t.models ->> 'language', 'unused_pages', coalesce(t.models -> 'unused_pages', '[]'),
    'notes', coalesce(t.models -> 'notes', '[]'),
    'left_out', coalesce((select d.left_out from public.document d where d.id = t.document_id), '[]'),
    'kinds', coalesce(t.models -> 'kinds', '["single"]'), 'blooms', coalesce(t.models -> 'blooms', '[]'),
    'max_cost_usd', t.models -> 'max_cost_usd',
    'prompt_version', t.prompt_version, 'cost_usd', trim_scale(t.cost_usd), 'failure_reason', t.failure_reason,
    'created_at', t.created_at, 'finished_at', t.finished_at,
    'elapsed_time', round(extract(epoch from coalesce(t.finished_at, clock_timestamp()) - t.created_at), 3)
  );
$$;

alter table public.document_call enable row level security;

revoke all on table public.document_call from public, anon, authenticated, service_role;
grant delete, insert, select, update on table public.document_call to service_role;

comment on function public.ping(jsonb) is 'migration 20261128125204';
