-- Made from supabase/schemas by `make migration`.
set check_function_bodies = off;

-- Tables. Names and keys of session, image, question, stats and result are fixed by schemas that users already have.

create table public.exam (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  owner_id text,
  -- Whether it was made with questions; else its first session says what they are.
  questions_given boolean not null default false,
  created_at timestamptz not null default clock_timestamp()
);
create index exam_newest on public.exam (created_at desc, id desc);

-- What is asked in every session of an exam.
create table public.exam_question (
  exam_id uuid not null references public.exam on delete cascade,
  question_id text not null,
  number int not null check (number >= 1),
  max_marks numeric(10, 2) not null check (max_marks >= 0),
  tolerance numeric(10, 2) check (tolerance >= 0),
  text text,
  answer text,
  primary key (exam_id, question_id),
  unique (exam_id, number)
);

create table public.document (
  id uuid primary key default gen_random_uuid(),
  owner_id text,
  name text not null,
  sha256 text not null,
  content_type text not null,
  status text not null default 'processing' check (status in ('processing', 'ready', 'extraction_failed', 'rejected')),
  -- Into how many parts the file was cut; all are there before its text is read.
  n_parts int not null default 0,
  total_pages int not null default 0,
  extracted_pages int not null default 0,
  word_count int not null default 0,
  character_count int not null default 0,
  cost_usd numeric not null default 0,
  error text,
  lease_owner text,
  lease_expires_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz
);
create index document_newest on public.document (created_at desc, id desc);
create index document_processing on public.document (lease_expires_at) where status = 'processing';

-- The file, until its text has been read. In parts: one value of 50 MB would block whoever moves it.
create table public.document_part (
  document_id uuid not null references public.document on delete cascade,
  part int not null check (part >= 1),
  content bytea not null,
  primary key (document_id, part)
);

create table public.document_page (
  document_id uuid not null references public.document on delete cascade,
  page int not null check (page >= 1),
  text text not null,
  source text not null check (source in ('text', 'ocr')),
  primary key (document_id, page)
);

-- A test outlives the document that it was made from.
create table public.generated_test (
  id uuid primary key default gen_random_uuid(),
  document_id uuid references public.document on delete set null,
  owner_id text,
  name text not null,
  status text not null default 'pending' check (status in ('pending', 'generating', 'completed', 'partial', 'failed')),
  target_questions int not null check (target_questions between 1 and 20),
  questions_generated int not null default 0,
  difficulty text not null check (difficulty in ('EASY', 'MEDIUM', 'HARD')),
  -- {writer, solvers, topics}
  models jsonb not null,
  prompt_version text not null,
  seed bigint not null,
  cost_usd numeric not null default 0,
  failure_reason text,
  lease_owner text,
  lease_expires_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz
);
-- Decides, not a check, that a document has one test in the making at most.
create unique index generated_test_in_the_making on public.generated_test (document_id)
  where status in ('pending', 'generating');
create index generated_test_newest on public.generated_test (created_at desc, id desc);
create index generated_test_of_document on public.generated_test (document_id);

create table public.test_question (
  id uuid primary key default gen_random_uuid(),
  test_id uuid not null references public.generated_test on delete cascade,
  slot int not null check (slot between 1 and 20),
  question text not null,
  -- Four texts in the order in which they are printed; why_wrong by letter.
  options jsonb not null,
  correct_option text not null check (correct_option in ('A', 'B', 'C', 'D')),
  why_wrong jsonb not null default '{}',
  explanation text not null default '',
  difficulty text not null check (difficulty in ('EASY', 'MEDIUM', 'HARD')),
  topic text not null default '',
  bloom text,
  page int,
  quote text not null default '',
  max_marks numeric(10, 2) not null default 1 check (max_marks > 0),
  -- What the gates and the solvers said of it: {round, findings}
  checks jsonb not null default '{}',
  state text not null default 'accepted' check (state in ('draft', 'accepted', 'edited')),
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  unique (test_id, slot)
);

-- Every answer that was paid for, with its verdict. A slot that is resumed goes on from these.
create table public.test_attempt (
  id uuid primary key default gen_random_uuid(),
  test_id uuid not null references public.generated_test on delete cascade,
  slot int not null,
  round int not null check (round >= 1),
  role text not null check (role in ('writer', 'solver')),
  model text not null,
  -- Whether a solver was shown the quote; true for writers.
  with_quote boolean not null default true,
  -- {content, exchanges}; content is null where there was no answer.
  raw jsonb not null,
  verdict jsonb not null,
  prompt_tokens int not null default 0,
  completion_tokens int not null default 0,
  cost_usd numeric not null default 0,
  created_at timestamptz not null default clock_timestamp(),
  unique (test_id, slot, round, role, model, with_quote)
);

create table public.session (
  id uuid primary key default gen_random_uuid(),
  name text,
  status text not null default 'created' check (status in ('created', 'grading', 'graded', 'failed')),
  failure_reason text,
  exam_id uuid references public.exam on delete set null,
  owner_id text,
  -- model: models award the marks; code: models read the letters in the boxes of a test, and code awards the marks.
  marked_by text not null default 'model' check (marked_by in ('model', 'code')),
  test_id uuid references public.generated_test on delete set null,
  plan jsonb,
  default_tries int not null default 1,
  run int not null default 0,
  -- Counts changes of questions and images, so that a start can tell whether what it was planned on still holds.
  inputs_version int not null default 0,
  selected_rubric_template text not null default 'default',
  selected_assessment_template text not null default 'default',
  -- Set by a cancel; the process that runs the session reads it with every renewal of its lease.
  stop_reason text,
  lease_owner text,
  lease_expires_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  started_at timestamptz,
  finished_at timestamptz
);
create index session_newest on public.session (created_at desc, id desc);
create index session_of_exam on public.session (exam_id, created_at, id) where exam_id is not null;
create index session_of_test on public.session (test_id) where test_id is not null;
create index session_grading on public.session (lease_expires_at) where status = 'grading';

create table public.image (
  id uuid primary key default gen_random_uuid(),
  session_id uuid not null references public.session on delete cascade,
  role text not null check (role in ('student', 'answer_key', 'grading_rubric')),
  url text not null,
  storage_path text,
  order_index int not null check (order_index >= 0),
  created_at timestamptz not null default clock_timestamp(),
  unique (session_id, url),
  unique (session_id, role, order_index)
);

create table public.question (
  id uuid primary key default gen_random_uuid(),
  session_id uuid not null references public.session on delete cascade,
  question_id text not null,
  number int not null check (number >= 1),
  max_marks numeric(10, 2) not null check (max_marks >= 0),
  tolerance numeric(10, 2) check (tolerance >= 0),
  text text,
  answer text,
  unique (session_id, question_id),
  -- Deferrable: checked when the statement ends, so that two questions can change places.
  unique (session_id, number) deferrable initially immediate
);

create table public.stats (
  session_id uuid primary key references public.session on delete cascade,
  human_marks_by_qid jsonb not null default '{}',
  human_marks_2_by_qid jsonb not null default '{}',
  totals jsonb,
  discrepancies_by_model_try jsonb,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp()
);

create table public.result (
  id uuid primary key default gen_random_uuid(),
  session_id uuid not null references public.session on delete cascade,
  question_id text not null,
  model_name text not null,
  try_index int not null check (try_index >= 1),
  marks_awarded numeric(10, 2),
  rubric_notes text,
  raw_output jsonb,
  validation_errors jsonb not null default '[]',
  created_at timestamptz not null default clock_timestamp(),
  unique (session_id, question_id, model_name, try_index)
);
create index result_unmarked on public.result (session_id, model_name, try_index) where marks_awarded is null;
create index result_by_attempt on public.result (session_id, model_name, try_index);

create table public.grading_call (
  session_id uuid not null references public.session on delete cascade,
  run int not null,
  model_name text not null,
  try_index int not null check (try_index >= 1),
  stage text not null check (stage in ('rubric', 'assessment')),
  status text not null default 'pending'
    check (status in ('pending', 'running', 'waiting', 'succeeded', 'failed', 'cancelled')),
  -- False once a later plan leaves the attempt out: evidence, no part of progress or statistics.
  planned boolean not null default true,
  request jsonb not null,
  raw_output jsonb not null default '[]',
  criteria text,
  -- An answer that was incomplete, kept while it is asked for once more.
  first_answer text,
  error jsonb,
  -- What was odd about the answer and belongs to no configured question.
  validation_errors jsonb not null default '[]',
  finish_reason text,
  provider text,
  generation_id text,
  prompt_tokens int not null default 0,
  completion_tokens int not null default 0,
  reasoning_tokens int not null default 0,
  cached_tokens int not null default 0,
  cost_usd numeric not null default 0,
  http_requests int not null default 0,
  latency_ms int,
  parse_path text,
  created_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  primary key (session_id, run, model_name, try_index, stage)
);

-- The final mark a human gave an answer after looking at it; the latest counts, earlier ones stay.
create table public.review (
  id uuid primary key default gen_random_uuid(),
  session_id uuid not null references public.session on delete cascade,
  question_id text not null,
  mark numeric(10, 2) not null check (mark >= 0),
  reviewer text,
  note text,
  reviewed_at timestamptz not null default clock_timestamp()
);
create index review_by_answer on public.review (session_id, question_id, reviewed_at desc);

create table public.prompt_template (
  kind text not null check (kind in ('rubric', 'assessment')),
  name text not null check (name ~ '^[a-z0-9_]+$'),
  display_name text not null,
  system_template text not null,
  user_template text not null,
  schema_template text,
  updated_at timestamptz not null default clock_timestamp(),
  primary key (kind, name)
);

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
    (test_id, slot, question, options, correct_option, why_wrong, explanation, difficulty, topic, bloom, page, quote, checks)
  values (
    t.id, (args ->> 'slot')::int, q ->> 'question', q -> 'options', q ->> 'correct_option', q -> 'why_wrong',
    q ->> 'explanation', t.difficulty, q ->> 'topic', q ->> 'bloom', (q ->> 'page')::int, q ->> 'quote', q -> 'checks'
  )
  on conflict (test_id, slot) do nothing;
  update public.generated_test set
    questions_generated = (select count(*) from public.test_question o where o.test_id = t.id)
  where id = t.id;
  return jsonb_build_object('accepted', true);
end $$;

-- {document_id, part, content: base64} -> {}
create or replace function public.add_document_part(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  insert into public.document_part (document_id, part, content)
  values ((args ->> 'document_id')::uuid, (args ->> 'part')::int, decode(args ->> 'content', 'base64'))
  on conflict (document_id, part) do nothing;
  update public.document set lease_expires_at = clock_timestamp() + interval '1 minute'
  where id = (args ->> 'document_id')::uuid and lease_owner = 'upload';
  return '{}';
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
    (id, test_id, slot, question, options, correct_option, why_wrong, explanation, difficulty, topic, max_marks, state)
  values (
    (args ->> 'question_id')::uuid, t.id, free, n ->> 'question', n -> 'options', n ->> 'correct_option',
    n -> 'why_wrong', n ->> 'explanation', coalesce(n ->> 'difficulty', t.difficulty), n ->> 'topic',
    (n ->> 'max_marks')::numeric, 'edited'
  ) returning * into q;
  select count(*) into free from public.test_question o where o.test_id = t.id;
  update public.generated_test set
    questions_generated = free,
    status = case when free >= target_questions then 'completed' else 'partial' end,
    failure_reason = case when free < target_questions then failure_reason end
  where id = t.id;
  return public.test_question_json(q);
end $$;

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
        from public.review v where v.session_id = s.id and v.question_id = wanted.value ->> 1)
    ) order by wanted.position), '[]')
    from jsonb_array_elements(args -> 'answers') with ordinality as wanted (value, position)
    join public.session s on s.id = (wanted.value ->> 0)::uuid
      and (s.id = (args ->> 'session_id')::uuid or s.exam_id = (args ->> 'exam_id')::uuid)
  );
end $$;

-- {session_id, owner_id, reason} -> {}. Leaves the reason for the process that runs the session; where none does, ends
-- the run at once. SM409 when nothing is running.
create or replace function public.cancel_session(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  s public.session := public.owned_session(args);
begin
  if s.status <> 'grading' then
    raise exception 'Nothing is running in this session.' using errcode = 'SM409', detail = 'CONFLICT';
  end if;
  update public.session set stop_reason = coalesce(stop_reason, args ->> 'reason') where id = s.id;
  if s.lease_expires_at is null or s.lease_expires_at < clock_timestamp() then
    update public.session set lease_owner = 'cancel', lease_expires_at = clock_timestamp() where id = s.id;
    perform public.finish_session(jsonb_build_object(
      'session_id', s.id, 'lease_owner', 'cancel', 'status', 'failed', 'failure_reason', args ->> 'reason'));
  end if;
  return '{}';
end $$;

-- {test_id, owner_id, reason} -> {}. Final: whoever works on the test finds that it is over. SM409 when it is over already.
create or replace function public.cancel_test(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  t public.generated_test := public.owned_test(args, lock => true);
begin
  if t.status not in ('pending', 'generating') then
    raise exception 'The test is not being made.' using errcode = 'SM409', detail = 'CONFLICT';
  end if;
  update public.generated_test set
    status = 'failed', failure_reason = args ->> 'reason', lease_owner = null, lease_expires_at = null,
    finished_at = clock_timestamp()
  where id = t.id;
  perform public.close_attempts(t.id);
  return '{}';
end $$;

-- SM422 naming each human mark, in {question_id: mark} under a field's name, of an unknown question or above its maximum.
create or replace function public.check_human_marks(questions jsonb, field text, marks jsonb) returns void
language plpgsql immutable set search_path = '' as $$
declare
  problems jsonb;
begin
  select jsonb_agg(jsonb_build_object('field', format('%s.%s', field, m.key), 'message',
    case when q.value is null then 'There is no such question.'
      else format('%s is above the maximum of %s.', trim_scale(m.value::numeric),
        trim_scale((q.value -> 'max_marks')::numeric)) end))
  into problems
  from jsonb_each(coalesce(marks, '{}')) m
  left join jsonb_array_elements(questions) q on q.value ->> 'question_id' = m.key
  where q.value is null or m.value::numeric > (q.value -> 'max_marks')::numeric;
  if problems is not null then
    raise exception '%', problems #>> '{0,message}' using errcode = 'SM422',
      detail = 'VALIDATION_ERROR', hint = jsonb_build_object('errors', problems)::text;
  end if;
end $$;

-- SM422 naming each of the questions whose answer is no letter: code, which is to mark them, would have nothing to mark by.
create or replace function public.check_keys(questions jsonb) returns void
language plpgsql immutable set search_path = '' as $$
declare
  problems jsonb;
begin
  select jsonb_agg(jsonb_build_object(
    'field', format('questions.%s.answer', n.position - 1), 'message', 'Must be A, B, C or D: code marks this session.'))
  into problems
  from jsonb_array_elements(questions) with ordinality as n (value, position)
  where coalesce(n.value ->> 'answer', '') !~ '^[A-D]$';
  if problems is not null then
    raise exception 'answer: must be A, B, C or D: code marks this session.' using errcode = 'SM422',
      detail = 'VALIDATION_ERROR', hint = jsonb_build_object('errors', problems)::text;
  end if;
end $$;

-- {document_id, lease_owner, lease_seconds} -> {document_id, name, content_type, n_parts, n_stored, ocr_pages: [page, ...]}, or
-- null: no longer processing, or another's lease is good. An upload whose parts are all there can be claimed at once.
create or replace function public.claim_document(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  d public.document;
  n_stored int;
begin
  select count(*) into n_stored from public.document_part p where p.document_id = (args ->> 'document_id')::uuid;
  update public.document set
    lease_owner = args ->> 'lease_owner',
    lease_expires_at = clock_timestamp() + make_interval(secs => (args ->> 'lease_seconds')::double precision)
  where id = (args ->> 'document_id')::uuid and status = 'processing'
    and (lease_owner is null or lease_owner = args ->> 'lease_owner' or lease_expires_at < clock_timestamp()
      or (lease_owner = 'upload' and n_stored = n_parts))
  returning * into d;
  if d.id is null then
    return null;
  end if;
  return jsonb_build_object(
    'document_id', d.id, 'name', d.name, 'content_type', d.content_type, 'n_parts', d.n_parts, 'n_stored', n_stored,
    'ocr_pages', (
      select coalesce(jsonb_agg(p.page order by p.page), '[]')
      from public.document_page p where p.document_id = d.id and p.source = 'ocr')
  );
end $$;

-- {session_id, lease_owner, lease_seconds} -> all that a run needs, or null: not in grading, or another's lease is good.
create or replace function public.claim_session(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  s public.session;
begin
  update public.session set
    lease_owner = args ->> 'lease_owner',
    lease_expires_at = clock_timestamp() + make_interval(secs => (args ->> 'lease_seconds')::double precision)
  where id = (args ->> 'session_id')::uuid and status = 'grading'
    and (lease_owner is null or lease_owner = args ->> 'lease_owner' or lease_expires_at < clock_timestamp())
  returning * into s;
  if s.id is null then
    return null;
  end if;
  return jsonb_build_object(
    'session_id', s.id, 'run', s.run, 'plan', s.plan, 'stop_reason', s.stop_reason, 'marked_by', s.marked_by,
    'questions', public.questions_of(s.id), 'images', public.images_of(s.id),
    'calls', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'model_name', g.model_name, 'try_index', g.try_index, 'stage', g.stage, 'status', g.status,
        'input_hash', g.request ->> 'input_hash', 'criteria', g.criteria,
        'first_answer', g.first_answer) order by g.try_index, g.model_name), '[]')
      from public.grading_call g
      where g.session_id = s.id and g.run = s.run and g.planned
        and (g.stage = 'rubric' or g.status in ('pending', 'running', 'waiting'))
    )
  );
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
    'models', t.models, 'seed', t.seed,
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

-- Gives the answers of a test that is over the verdict that they still lack: accepted where their question is in the test (its
-- verdict was lost with a process), else late.
create or replace function public.close_attempts(of_test uuid) returns void
language sql set search_path = '' as $$
  update public.test_attempt a set verdict = a.verdict || case
    when exists (
      select from public.test_question q
      where q.test_id = of_test and q.slot = a.slot and (q.checks ->> 'round')::int = a.round
    ) then '{"outcome": "accepted", "final": true}'::jsonb
    else '{"outcome": "late", "final": true, "message": "The test was over before this question was judged."}'
  end
  where a.test_id = of_test and a.role = 'writer' and a.verdict ->> 'outcome' = 'written';
$$;

-- {session_id, owner_id, questions: [{question_id, number, max_marks, tolerance, text, answer}], human_marks_by_qid,
--  human_marks_2_by_qid} -> {}. The list is the whole truth: other questions go. A question that is new or asked differently
-- takes its marks out of the results (reason question_changed) until the session is graded again. Imported marks cannot be
-- obtained again: they stay, and other ids or maxima than theirs are SM409 with {question_ids}.
create or replace function public.configure_questions(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  s public.session := public.idle_session(args);
  imported boolean := coalesce(s.plan ? 'imported', false);
  differing jsonb;
  changed text[];
  removed int;
begin
  if s.marked_by = 'code' then
    -- What is not said again stays: without its answer code can mark no box.
    args := args || jsonb_build_object('questions', (
      select jsonb_agg(n.value || jsonb_build_object(
        'text', coalesce(n.value ->> 'text', q.text), 'answer', coalesce(n.value ->> 'answer', q.answer)))
      from jsonb_array_elements(args -> 'questions') n
      left join public.question q on q.session_id = s.id and q.question_id = n.value ->> 'question_id'
    ));
    perform public.check_keys(args -> 'questions');
  end if;
  if imported then
    select jsonb_agg(question_id) into differing
    from (select x.question_id, x.max_marks from public.question x where x.session_id = s.id) q
    full join jsonb_to_recordset(args -> 'questions') as n (question_id text, max_marks numeric) using (question_id)
    where q.max_marks is distinct from n.max_marks;
    if differing is not null then
      raise exception 'The marks of this session were imported for its questions: their ids and maxima cannot change.'
        using errcode = 'SM409', detail = 'CONFLICT', hint = jsonb_build_object('question_ids', differing)::text;
    end if;
  end if;
  if s.exam_id is not null then
    perform public.match_exam(s.exam_id, s.id, args -> 'questions');
  end if;
  select array_agg(n.question_id) into changed
  from jsonb_to_recordset(args -> 'questions')
    as n (question_id text, max_marks numeric, text text, answer text)
  left join public.question q on q.session_id = s.id and q.question_id = n.question_id
  where (q.max_marks, q.text, q.answer) is distinct from (n.max_marks, n.text, n.answer);

  delete from public.question q
  where q.session_id = s.id
    and not exists (select from jsonb_array_elements(args -> 'questions') n where n ->> 'question_id' = q.question_id);
  get diagnostics removed = row_count;

  insert into public.question as q (session_id, question_id, number, max_marks, tolerance, text, answer)
  select s.id, n.question_id, n.number, n.max_marks, n.tolerance, n.text, n.answer
  from jsonb_to_recordset(args -> 'questions')
    as n (question_id text, number int, max_marks numeric, tolerance numeric, text text, answer text)
  on conflict (session_id, question_id) do update set
    number = excluded.number, max_marks = excluded.max_marks, tolerance = excluded.tolerance,
    text = excluded.text, answer = excluded.answer
  where (q.number, q.max_marks, q.tolerance, q.text, q.answer)
    is distinct from (excluded.number, excluded.max_marks, excluded.tolerance, excluded.text, excluded.answer);

  insert into public.stats as st (session_id, human_marks_by_qid, human_marks_2_by_qid)
  values (s.id, coalesce(args -> 'human_marks_by_qid', '{}'), coalesce(args -> 'human_marks_2_by_qid', '{}'))
  on conflict (session_id) do update set human_marks_by_qid = excluded.human_marks_by_qid,
    human_marks_2_by_qid = excluded.human_marks_2_by_qid, updated_at = clock_timestamp()
    where (st.human_marks_by_qid, st.human_marks_2_by_qid)
      is distinct from (excluded.human_marks_by_qid, excluded.human_marks_2_by_qid);

  if changed is not null or removed > 0 then
    if not imported then
      perform public.unmark_questions(s, coalesce(changed, '{}'));
    end if;
    update public.session set inputs_version = inputs_version + 1, updated_at = clock_timestamp() where id = s.id;
  end if;
  return '{}';
end $$;

-- {document_id, owner_id, name, sha256, content_type, n_parts, error?} -> the document. With an error it is rejected at once;
-- else it is being processed, and kept from launchers for a minute while its parts arrive.
create or replace function public.create_document(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  d public.document;
begin
  insert into public.document as d
    (id, owner_id, name, sha256, content_type, n_parts, status, error, finished_at, lease_owner, lease_expires_at)
  values (
    (args ->> 'document_id')::uuid, args ->> 'owner_id', args ->> 'name', args ->> 'sha256', args ->> 'content_type',
    (args ->> 'n_parts')::int, case when args ->> 'error' is null then 'processing' else 'rejected' end,
    args ->> 'error', case when args ->> 'error' is not null then clock_timestamp() end,
    'upload', clock_timestamp() + interval '1 minute'
  )
  -- The same id again is the same request sent twice.
  on conflict (id) do nothing;
  select * into d from public.document o where o.id = (args ->> 'document_id')::uuid;
  return public.document_json(d);
end $$;

-- {exam_id, name, owner_id, questions} -> {exam_id}
create or replace function public.create_exam(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  insert into public.exam (id, name, owner_id, questions_given)
  values ((args ->> 'exam_id')::uuid, args ->> 'name', args ->> 'owner_id',
    jsonb_array_length(coalesce(args -> 'questions', '[]')) > 0)
  -- The same id again is the same request sent twice.
  on conflict (id) do nothing;
  if found then
    perform public.set_exam_questions((args ->> 'exam_id')::uuid, coalesce(args -> 'questions', '[]'));
  end if;
  return jsonb_build_object('exam_id', args -> 'exam_id');
end $$;

-- {session_id, name, owner_id, exam_id, selected_rubric_template, selected_assessment_template} -> {session_id, status}
-- A session of an exam begins with the exam's questions and belongs to the exam's owner, whoever adds it. SM422 naming the
-- field for a template that is not there (`default` always is), SM404 for an exam.
create or replace function public.create_session(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  missing text;
  owner text := args ->> 'owner_id';
begin
  select 'selected_' || wanted.kind || '_template' into missing
  from (values ('rubric'), ('assessment')) as wanted (kind)
  where coalesce(args ->> ('selected_' || wanted.kind || '_template'), 'default') <> 'default' and not exists (
    select from public.prompt_template t
    where t.kind = wanted.kind and t.name = args ->> ('selected_' || wanted.kind || '_template')
  )
  limit 1;
  if missing is not null then
    raise exception '%: there is no template %.', missing, args ->> missing using
      errcode = 'SM422', detail = 'VALIDATION_ERROR',
      hint = jsonb_build_object('errors', jsonb_build_array(jsonb_build_object(
        'field', missing, 'message', 'There is no such template.')))::text;
  end if;
  if args ->> 'exam_id' is not null then
    owner := (public.owned_exam(args)).owner_id;
  end if;
  insert into public.session as s (id, name, owner_id, exam_id, selected_rubric_template, selected_assessment_template)
  values (
    (args ->> 'session_id')::uuid, args ->> 'name', owner, (args ->> 'exam_id')::uuid,
    coalesce(args ->> 'selected_rubric_template', 'default'),
    coalesce(args ->> 'selected_assessment_template', 'default')
  )
  -- The same id again is the same request sent twice.
  on conflict (id) do nothing;
  insert into public.question (session_id, question_id, number, max_marks, tolerance, text, answer)
  select (args ->> 'session_id')::uuid, e.question_id, e.number, e.max_marks, e.tolerance, e.text, e.answer
  from public.exam_question e where e.exam_id = (args ->> 'exam_id')::uuid
  on conflict (session_id, question_id) do nothing;
  return jsonb_build_object('session_id', args -> 'session_id', 'status', 'created');
end $$;

-- {test_id, document_id, owner_id, name, target_questions, difficulty, models, prompt_version, seed} -> the test, pending.
-- SM404 without the document, SM400 unless it is ready, SM409 while another test is made from it.
create or replace function public.create_test(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  d public.document := public.owned_document(args);
  t public.generated_test;
begin
  if d.status <> 'ready' then
    raise exception 'The document is not ready.' using errcode = 'SM400', detail = 'DOCUMENT_NOT_READY';
  end if;
  insert into public.generated_test
    (id, document_id, owner_id, name, target_questions, difficulty, models, prompt_version, seed)
  values (
    (args ->> 'test_id')::uuid, d.id, d.owner_id, args ->> 'name', (args ->> 'target_questions')::int,
    args ->> 'difficulty', args -> 'models', args ->> 'prompt_version', (args ->> 'seed')::bigint
  )
  -- The same id again is the same request sent twice.
  on conflict (id) do nothing;
  select * into t from public.generated_test o where o.id = (args ->> 'test_id')::uuid;
  return public.test_json(t);
exception when unique_violation then
  raise exception 'A test is being made from this document already.'
    using errcode = 'SM409', detail = 'GENERATION_IN_PROGRESS';
end $$;

-- {test_id, owner_id, session_id, name, exam_id, human_marks_by_qid} -> {session_id}: a session that asks the test's questions
-- and whose marks code awards. SM409 while the test is being made or has no question, and for an exam of anything else: the
-- questions of two tests have the same names.
create or replace function public.create_test_session(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  t public.generated_test := public.owned_test(args);
  asked jsonb;
begin
  select jsonb_agg(jsonb_build_object(
    'question_id', n.number::text, 'number', n.number, 'max_marks', q.max_marks, 'tolerance', null,
    'text', public.printed_question(q), 'answer', q.correct_option) order by n.number)
  into asked
  from public.test_question q, lateral public.test_question_number(q) n (number) where q.test_id = t.id;
  if t.status in ('pending', 'generating') or asked is null then
    raise exception 'The test is not made yet.' using errcode = 'SM409', detail = 'TEST_NOT_READY';
  end if;
  if exists (
    select from public.session s
    where s.exam_id = (args ->> 'exam_id')::uuid and s.test_id is distinct from t.id
      and s.id <> (args ->> 'session_id')::uuid
  ) then
    raise exception 'The exam holds scripts of something else than this test.' using errcode = 'SM409', detail = 'CONFLICT';
  end if;
  perform public.check_human_marks(asked, 'human_marks_by_qid', args -> 'human_marks_by_qid');
  perform public.create_session(args);
  update public.session set marked_by = 'code', test_id = t.id where id = (args ->> 'session_id')::uuid;
  perform public.configure_questions(args || jsonb_build_object('questions', asked));
  return jsonb_build_object('session_id', args -> 'session_id', 'status', 'created');
end $$;

-- {document_id, owner_id} -> {deleted}: whether it was there. SM409 while a test is made from it; tests that are made stay.
create or replace function public.delete_document(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  perform from public.document d where d.id = (args ->> 'document_id')::uuid for update;
  if exists (
    select from public.generated_test t
    where t.document_id = (args ->> 'document_id')::uuid and t.status in ('pending', 'generating')
      and (args ->> 'owner_id' is null or t.owner_id = args ->> 'owner_id')
  ) then
    raise exception 'A test is being made from this document; wait until it is done or cancel it.'
      using errcode = 'SM409', detail = 'CONFLICT';
  end if;
  delete from public.document d
  where d.id = (args ->> 'document_id')::uuid
    and (args ->> 'owner_id' is null or d.owner_id = args ->> 'owner_id');
  return jsonb_build_object('deleted', found);
end $$;

-- {exam_id, owner_id} -> [session_id, ...]: the exam goes when it holds no session; until then these are to be deleted first,
-- each with its files. Nothing there: none.
create or replace function public.delete_exam(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  held jsonb;
begin
  perform from public.exam e where e.id = (args ->> 'exam_id')::uuid for update;
  select coalesce(jsonb_agg(s.id), '[]') into held
  from public.session s join public.exam e on e.id = s.exam_id
  where e.id = (args ->> 'exam_id')::uuid and (args ->> 'owner_id' is null or e.owner_id = args ->> 'owner_id');
  if held = '[]' then
    delete from public.exam e
    where e.id = (args ->> 'exam_id')::uuid and (args ->> 'owner_id' is null or e.owner_id = args ->> 'owner_id');
  end if;
  return held;
end $$;

-- {kind, name} -> {}. SM404 when there is none.
create or replace function public.delete_prompt_template(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  delete from public.prompt_template t where t.kind = args ->> 'kind' and t.name = args ->> 'name';
  if not found then
    raise exception 'There is no such template.' using errcode = 'SM404', detail = 'NOT_FOUND';
  end if;
  return '{}';
end $$;

-- {session_id, owner_id} -> {deleted, files}: whether it was there, and the files that its session_files named at its end: once
-- the rows are gone nobody knows them.
create or replace function public.delete_session(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  files jsonb;
begin
  perform from public.session s where s.id = (args ->> 'session_id')::uuid for update;
  files := public.session_files(args);
  delete from public.session s
  where s.id = (args ->> 'session_id')::uuid
    and (args ->> 'owner_id' is null or s.owner_id = args ->> 'owner_id');
  return jsonb_build_object('deleted', found, 'files', files);
end $$;

-- {test_id, owner_id} -> {deleted}: whether it was there. Sessions that were made from it stay.
create or replace function public.delete_test(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  delete from public.generated_test t
  where t.id = (args ->> 'test_id')::uuid
    and (args ->> 'owner_id' is null or t.owner_id = args ->> 'owner_id');
  return jsonb_build_object('deleted', found);
end $$;

-- {document_id, owner_id} -> the document.
create or replace function public.document_detail(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return public.document_json(public.owned_document(args));
end $$;

-- One document as clients see it; elapsed_time in seconds.
create or replace function public.document_json(d public.document) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'id', d.id, 'name', d.name, 'status', d.status, 'content_type', d.content_type, 'sha256', d.sha256,
    'total_pages', d.total_pages, 'extracted_pages', d.extracted_pages, 'word_count', d.word_count,
    'character_count', d.character_count, 'cost_usd', trim_scale(d.cost_usd), 'extraction_error', d.error,
    'created_at', d.created_at, 'finished_at', d.finished_at,
    'elapsed_time', round(extract(epoch from coalesce(d.finished_at, clock_timestamp()) - d.created_at), 3)
  );
$$;

-- {document_id, part} -> {content: base64}, or null.
create or replace function public.document_part_of(args jsonb) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object('content', encode(p.content, 'base64'))
  from public.document_part p
  where p.document_id = (args ->> 'document_id')::uuid and p.part = (args ->> 'part')::int;
$$;

-- {document_id, owner_id} -> {document, pages: [{page, text, source}]}, in order.
create or replace function public.document_text(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  d public.document := public.owned_document(args);
begin
  return jsonb_build_object('document', public.document_json(d), 'pages', (
    select coalesce(jsonb_agg(jsonb_build_object('page', p.page, 'text', p.text, 'source', p.source) order by p.page), '[]')
    from public.document_page p where p.document_id = d.id
  ));
end $$;

-- {test_id, owner_id, name} -> the test without its questions.
create or replace function public.edit_test(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  t public.generated_test := public.owned_test(args, lock => true);
begin
  update public.generated_test set name = args ->> 'name' where id = t.id returning * into t;
  return public.test_json(t);
end $$;

-- {test_id, owner_id, question_id, changes: {question?, options?, ...}} -> the question. What is not named stays, except what
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
begin
  select * into o from public.test_question q
  where q.test_id = t.id and q.id = (args ->> 'question_id')::uuid for update;
  if o.id is null then
    raise exception 'There is no such question.' using errcode = 'SM404', detail = 'NOT_FOUND';
  end if;
  n := jsonb_populate_record(o, c - 'why_wrong');
  if c -> 'why_wrong' ->> n.correct_option <> '' then
    raise exception 'why_wrong.%: this is the right option.', n.correct_option using
      errcode = 'SM422', detail = 'VALIDATION_ERROR',
      hint = jsonb_build_object('errors', jsonb_build_array(jsonb_build_object(
        'field', 'why_wrong.' || n.correct_option, 'message', 'This is the right option.')))::text;
  end if;
  select coalesce(jsonb_object_agg(w.letter, w.why), '{}') into n.why_wrong
  from (
    select chr(64 + a.at::int) as letter,
      coalesce(c -> 'why_wrong' ->> chr(64 + a.at::int), o.why_wrong ->> chr(64 + b.at::int)) as why
    from jsonb_array_elements_text(n.options) with ordinality a (option, at)
    left join jsonb_array_elements_text(o.options) with ordinality b (option, at) on b.option = a.option
  ) w
  where w.why <> '' and w.letter <> n.correct_option;
  if n.options ->> ascii(n.correct_option) - 65 <> o.options ->> ascii(o.correct_option) - 65 then
    n.explanation := coalesce(c ->> 'explanation', '');
    n.quote := '';
    n.page := null;
  end if;
  update public.test_question q set
    question = n.question, options = n.options, correct_option = n.correct_option, why_wrong = n.why_wrong,
    explanation = n.explanation, difficulty = n.difficulty, topic = n.topic, max_marks = n.max_marks, quote = n.quote,
    page = n.page, checks = public.edited_checks(o, n, c), state = 'edited', updated_at = clock_timestamp()
  where q.id = o.id returning * into n;
  return public.test_question_json(n);
end $$;

-- The `checks` of question `o` once it is `n` by the changes `c`: with `edited`, the fields changed so far; `removed`, what went
-- because it argued for something else; `unconfirmed`, what was written for another wording of the question. What is named
-- leaves the last two. A finding says so where the edit touched what had been checked.
create or replace function public.edited_checks(o public.test_question, n public.test_question, c jsonb) returns jsonb
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
  from unnest(edited) name where name in ('question', 'options', 'correct_option');
  if judged is not null and findings is not null then
    findings := jsonb_path_query_array(findings, '$[*] ? (@.code != "edited")') || jsonb_build_object(
      'code', 'edited', 'blocking', false,
      'message', 'Edited after it was checked: ' || judged || '. What it says now has not been checked.');
  end if;
  return o.checks - 'removed' - 'unconfirmed' || jsonb_strip_nulls(jsonb_build_object(
    'findings', findings, 'edited', edited, 'removed', removed, 'unconfirmed', unconfirmed));
end $$;

-- {exam_id, owner_id} -> {exam_id, name, created_at, questions, sessions: [{session_id, name, status, progress, attempts,
--  n_human_marks, n_images}]}
create or replace function public.exam_detail(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  e public.exam := public.owned_exam(args);
begin
  return jsonb_build_object(
    'exam_id', e.id, 'name', e.name, 'created_at', e.created_at, 'questions', public.exam_questions_of(e.id),
    'sessions', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'session_id', s.id, 'name', s.name, 'status', s.status, 'failure_reason', s.failure_reason,
        'progress', case when n.total > 0 then round(n.finished::numeric / n.total, 4) else 0 end,
        'attempts', jsonb_build_object('total', n.total, 'finished', n.finished, 'failed', n.failed),
        'cost_usd', trim_scale(n.cost),
        'n_student_images', (
          select count(*) from public.image i where i.session_id = s.id and i.role = 'student'),
        'n_human_marks', (
          select count(*) from jsonb_object_keys(public.human_marks_of(s.id)))
      ) order by s.created_at, s.id), '[]')
      from public.session s
      cross join lateral (
        select count(*) filter (where g.stage = 'assessment') as total,
          count(*) filter (where g.stage = 'assessment' and g.status in ('succeeded', 'failed', 'cancelled')) as finished,
          count(*) filter (where g.stage = 'assessment' and g.status = 'failed') as failed,
          coalesce(sum(g.cost_usd), 0) as cost
        from public.grading_call g where g.session_id = s.id and g.run = s.run and g.planned
      ) n
      where s.exam_id = e.id
    )
  );
end $$;

-- {exam_id, owner_id} or {session_id, owner_id} -> {name, questions, scripts: [script_marks, ...]}: what agreement is
-- computed from.
create or replace function public.exam_marks(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  e public.exam;
  s public.session;
  question_ids text[];
begin
  if args ->> 'session_id' is not null then
    s := public.seen_session(args);
    select array_agg(q.question_id order by q.number) into question_ids from public.question q where q.session_id = s.id;
    return jsonb_build_object('name', s.name, 'questions', public.questions_of(s.id),
      'scripts', jsonb_build_array(public.script_marks(s, question_ids)));
  end if;
  e := public.owned_exam(args);
  select array_agg(q.question_id order by q.number) into question_ids from public.exam_question q where q.exam_id = e.id;
  return jsonb_build_object('name', e.name, 'questions', public.exam_questions_of(e.id), 'scripts', (
    select coalesce(jsonb_agg(public.script_marks(member, question_ids) order by member.created_at, member.id), '[]')
    from public.session member where member.exam_id = e.id
  ));
end $$;

-- The questions of one exam as JSON, by number.
create or replace function public.exam_questions_of(of_exam uuid) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(
    jsonb_build_object(
      'question_id', q.question_id, 'number', q.number, 'max_marks', trim_scale(q.max_marks),
      'tolerance', trim_scale(q.tolerance), 'text', q.text, 'answer', q.answer
    )
    order by q.number
  ), '[]')
  from public.exam_question q where q.exam_id = of_exam;
$$;

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

-- {document_id, lease_owner, status, error, word_count, character_count} -> {finished}. The file goes: its text is what is
-- needed of it. Only the lease's holder finishes a document.
create or replace function public.finish_document(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  done boolean;
begin
  update public.document set
    status = args ->> 'status', error = args ->> 'error', word_count = (args ->> 'word_count')::int,
    character_count = (args ->> 'character_count')::int, lease_owner = null, lease_expires_at = null,
    finished_at = clock_timestamp()
  where id = (args ->> 'document_id')::uuid and status = 'processing' and lease_owner = args ->> 'lease_owner';
  done := found;
  if done then
    delete from public.document_part p where p.document_id = (args ->> 'document_id')::uuid;
  end if;
  return jsonb_build_object('finished', done);
end $$;

-- {session_id, lease_owner, status: graded | failed, failure_reason} -> {finished}. Calls still unfinished keep a session
-- in grading, unless the run failed: then they become cancelled, or, where marks are stored already, the incomplete
-- successes that they are. Only the lease's holder finishes a session.
create or replace function public.finish_session(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  s public.session;
begin
  select * into s from public.session
  where id = (args ->> 'session_id')::uuid and lease_owner = args ->> 'lease_owner' and status = 'grading'
  for no key update;
  if s.id is null then
    return jsonb_build_object('finished', false);
  end if;
  if args ->> 'status' = 'graded' and exists (
    select from public.grading_call g
    where g.session_id = s.id and g.run = s.run and g.planned and g.status in ('pending', 'running', 'waiting')
  ) then
    return jsonb_build_object('finished', false);
  end if;
  update public.grading_call g set finished_at = clock_timestamp(),
    status = case when g.stage = 'assessment' and exists (
      select from public.result r
      where r.session_id = s.id and r.model_name = g.model_name and r.try_index = g.try_index
        and r.marks_awarded is not null
    ) then 'succeeded' else 'cancelled' end,
    error = jsonb_build_object('reason', 'cancelled', 'message', args ->> 'failure_reason')
  where g.session_id = s.id and g.run = s.run and g.planned and g.status in ('pending', 'running', 'waiting');
  -- As of every finished attempt: one row per question, and why there is no mark.
  insert into public.result (session_id, question_id, model_name, try_index, validation_errors)
  select s.id, q.question_id, g.model_name, g.try_index, jsonb_build_array(jsonb_build_object(
    'reason', 'call_failed', 'question_id', q.question_id, 'message', args ->> 'failure_reason'))
  from public.grading_call g
  join public.question q on q.session_id = s.id
  where g.session_id = s.id and g.run = s.run and g.planned and g.stage = 'assessment' and g.status = 'cancelled'
  on conflict (session_id, question_id, model_name, try_index) do nothing;
  update public.session set
    status = args ->> 'status', failure_reason = args ->> 'failure_reason', lease_owner = null, lease_expires_at = null,
    finished_at = clock_timestamp(), updated_at = clock_timestamp()
  where id = s.id;
  return jsonb_build_object('finished', true);
end $$;

-- {test_id, lease_owner, failure_reason} -> {finished}. completed with all questions, partial with some, failed with none; the
-- reason is kept unless it is completed. Only the lease's holder finishes a test.
create or replace function public.finish_test(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  t public.generated_test;
  n int;
begin
  select * into t from public.generated_test o
  where o.id = (args ->> 'test_id')::uuid and o.status = 'generating' and o.lease_owner = args ->> 'lease_owner'
  for no key update;
  if t.id is null then
    return jsonb_build_object('finished', false);
  end if;
  select count(*) into n from public.test_question q where q.test_id = t.id;
  update public.generated_test set
    status = case when n >= target_questions then 'completed' when n > 0 then 'partial' else 'failed' end,
    failure_reason = case when n < target_questions then args ->> 'failure_reason' end,
    questions_generated = n, lease_owner = null, lease_expires_at = null, finished_at = clock_timestamp()
  where id = t.id;
  perform public.close_attempts(t.id);
  return jsonb_build_object('finished', true);
end $$;

-- {session_id, owner_id} -> all that a start is planned on.
create or replace function public.grading_inputs(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  s public.session := public.seen_session(args);
begin
  return jsonb_build_object(
    'marked_by', s.marked_by, 'plan', s.plan, 'default_tries', s.default_tries, 'inputs_version', s.inputs_version,
    'questions', public.questions_of(s.id), 'images', public.images_of(s.id), 'templates', public.templates_of(s)
  );
end $$;

-- The human's marks of one session: {question_id: mark}.
create or replace function public.human_marks_of(of_session uuid) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce((select st.human_marks_by_qid from public.stats st where st.session_id = of_session), '{}');
$$;

-- The locked session, or SM409 while it is being graded.
create or replace function public.idle_session(args jsonb) returns public.session
language plpgsql set search_path = '' as $$
declare
  found_session public.session := public.owned_session(args);
begin
  if found_session.status = 'grading' then
    raise exception 'The session is being graded; wait until it is done or cancel it.'
      using errcode = 'SM409', detail = 'SESSION_BUSY';
  end if;
  return found_session;
end $$;

-- The images of one session as JSON, students' pages first, each role in order.
create or replace function public.images_of(of_session uuid) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(
    jsonb_build_object('role', i.role, 'url', i.url, 'order_index', i.order_index, 'storage_path', i.storage_path)
    order by array_position(array['student', 'answer_key', 'grading_rubric'], i.role), i.order_index
  ), '[]')
  from public.image i where i.session_id = of_session;
$$;

-- {exam_id, owner_id, questions, scripts: [{session_id, name, human, human_2, attempts: [[model_name, try_index,
--  "3,2.5,,x,-"]]}]} -> {scripts}. Marks obtained elsewhere, as graded sessions of an exam; the strings are as in
-- script_marks, in the order of `questions`. A script that was imported before, by name, gets what is new of it: the same
-- marks again change nothing, other marks are SM409. So is a script that the exam holds without having imported it, with
-- {scripts}: two sessions of one script would count as two. All or nothing.
create or replace function public.import_marks(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  e public.exam := public.owned_exam(args, lock => true);
  held jsonb;
  scripts jsonb;
  differing jsonb;
begin
  perform public.match_exam(e.id, null, args -> 'questions');
  select jsonb_agg(twice.name) into held
  from (
    select distinct s.name
    from jsonb_array_elements(args -> 'scripts') script
    join public.session s on s.exam_id = e.id and s.name = script.value ->> 'name'
    where not coalesce(s.plan ? 'imported', false)
    order by s.name limit 50
  ) twice;
  if held is not null then
    raise exception 'The exam holds scripts of these names that were not imported.'
      using errcode = 'SM409', detail = 'CONFLICT', hint = jsonb_build_object('scripts', held)::text;
  end if;
  select jsonb_agg(public.imported_script(e, script.value) order by script.position) into scripts
  from jsonb_array_elements(args -> 'scripts') with ordinality as script (value, position);

  insert into public.grading_call (session_id, run, model_name, try_index, stage, status, request, finished_at)
  select (s.value ->> 'session_id')::uuid, 1, a.value ->> 0, (a.value ->> 1)::int, 'assessment', 'succeeded',
    '{"imported": true}', clock_timestamp()
  from jsonb_array_elements(scripts) s, jsonb_array_elements(s.value -> 'attempts') a
  on conflict (session_id, run, model_name, try_index, stage) do nothing;

  with given as (
    select (s.value ->> 'session_id')::uuid as session_id, s.value ->> 'name' as script,
      asked.value ->> 'question_id' as question_id, a.value ->> 0 as model_name, (a.value ->> 1)::int as try_index,
      case when mark.field not in ('', 'x') then mark.field::numeric(10, 2) end as marks_awarded,
      case mark.field
        when '' then '[{"reason": "missing", "message": "The imported file holds no mark."}]'::jsonb
        when 'x' then '[{"reason": "out_of_range", "message": "The imported mark is unreadable or out of range."}]'
        else '[]' end as validation_errors
    from jsonb_array_elements(scripts) s
    cross join jsonb_array_elements(s.value -> 'attempts') a
    -- The comma that is added (an empty text would be an array of nothing) makes one field too many: it joins no question.
    cross join lateral unnest(string_to_array(concat(a.value ->> 2, ','), ',')) with ordinality as mark (field, position)
    join jsonb_array_elements(args -> 'questions') with ordinality as asked (value, position) using (position)
    where mark.field <> '-'
  ), known as (
    select g.*, r.marks_awarded is distinct from g.marks_awarded or r.validation_errors <> g.validation_errors as differs
    from given g join public.result r using (session_id, question_id, model_name, try_index)
  ), new as (
    insert into public.result (session_id, question_id, model_name, try_index, marks_awarded, validation_errors)
    select g.session_id, g.question_id, g.model_name, g.try_index, g.marks_awarded, g.validation_errors from given g
    on conflict (session_id, question_id, model_name, try_index) do nothing
    returning 1
  )
  select jsonb_agg(jsonb_build_object('script', k.script, 'question_id', k.question_id, 'model_name', k.model_name,
    'try_index', k.try_index)) into differing
  from (select * from known where differs limit 50) k;
  if differing is not null then
    raise exception 'Other marks for these scripts were imported before.'
      using errcode = 'SM409', detail = 'CONFLICT', hint = jsonb_build_object('differing', differing)::text;
  end if;
  return jsonb_build_object('scripts', jsonb_array_length(args -> 'scripts'));
end $$;

-- The session that holds one script of an import, found by name or made; gives the script with its session_id. SM409
-- where a human's mark differs from the one the script has.
create or replace function public.imported_script(e public.exam, script jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  known uuid;
  humans public.stats;
begin
  select s.id into known from public.session s
  where s.exam_id = e.id and s.name = script ->> 'name' and s.plan ? 'imported' limit 1;
  if known is null then
    insert into public.session (id, name, status, exam_id, owner_id, plan, run, started_at, finished_at)
    values ((script ->> 'session_id')::uuid, script ->> 'name', 'graded', e.id, e.owner_id,
      '{"markers": [], "summary": {"model_pairs": null}, "imported": true}', 1, clock_timestamp(), clock_timestamp());
    insert into public.question (session_id, question_id, number, max_marks, tolerance, text, answer)
    select (script ->> 'session_id')::uuid, q.question_id, q.number, q.max_marks, q.tolerance, q.text, q.answer
    from public.exam_question q where q.exam_id = e.id;
    insert into public.stats (session_id, human_marks_by_qid, human_marks_2_by_qid)
    values ((script ->> 'session_id')::uuid, script -> 'human', script -> 'human_2');
    return script;
  end if;
  select * into humans from public.stats st where st.session_id = known;
  if not (humans.human_marks_by_qid || (script -> 'human') @> humans.human_marks_by_qid)
    or not (humans.human_marks_2_by_qid || (script -> 'human_2') @> humans.human_marks_2_by_qid)
  then
    raise exception 'Script % has other human marks already.', script ->> 'name'
      using errcode = 'SM409', detail = 'CONFLICT', hint = jsonb_build_object('script', script -> 'name')::text;
  end if;
  update public.stats set human_marks_by_qid = humans.human_marks_by_qid || (script -> 'human'),
    human_marks_2_by_qid = humans.human_marks_2_by_qid || (script -> 'human_2')
  where session_id = known;
  return script || jsonb_build_object('session_id', known);
end $$;

-- Whether a stored call is a success that needs no repeat for this request: same inputs, and nothing unmarked but what
-- the model declined to mark.
create or replace function public.is_complete(g public.grading_call, request jsonb) returns boolean
language sql stable set search_path = '' as $$
  select g.status = 'succeeded' and g.request ->> 'input_hash' = request ->> 'input_hash' and not exists (
    select from public.result r
    join public.question q on q.session_id = r.session_id and q.question_id = r.question_id
    where g.stage = 'assessment' and r.session_id = g.session_id and r.model_name = g.model_name
      and r.try_index = g.try_index and r.marks_awarded is null
      and not r.validation_errors @> '[{"reason": "abstained"}]'
  );
$$;

-- {limit, offset, owner_id} -> {items, total}, newest first.
create or replace function public.list_documents(args jsonb) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'items', (
      select coalesce(jsonb_agg(public.document_json(page) order by page.created_at desc, page.id desc), '[]')
      from (
        select * from public.document d
        where args ->> 'owner_id' is null or d.owner_id = args ->> 'owner_id'
        order by d.created_at desc, d.id desc
        limit (args ->> 'limit')::int offset (args ->> 'offset')::int
      ) page),
    'total', (
      select count(*) from public.document d where args ->> 'owner_id' is null or d.owner_id = args ->> 'owner_id')
  );
$$;

-- {limit, before?, owner_id} -> newest first, with how many sessions are in which status
create or replace function public.list_exams(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  last_seen public.exam;
begin
  if args ->> 'before' is not null then
    last_seen := public.owned_exam(jsonb_build_object('exam_id', args -> 'before', 'owner_id', args -> 'owner_id'));
  end if;
  return (select coalesce(jsonb_agg(page.row_json order by page.created_at desc, page.id desc), '[]')
  from (
    select e.created_at, e.id, jsonb_build_object(
      'exam_id', e.id, 'name', e.name, 'created_at', e.created_at,
      'n_questions', (select count(*) from public.exam_question q where q.exam_id = e.id),
      'sessions', (
        select jsonb_build_object('total', count(*), 'created', count(*) filter (where s.status = 'created'),
          'grading', count(*) filter (where s.status = 'grading'), 'graded', count(*) filter (where s.status = 'graded'),
          'failed', count(*) filter (where s.status = 'failed'))
        from public.session s where s.exam_id = e.id)
    ) as row_json
    from public.exam e
    where (args ->> 'owner_id' is null or e.owner_id = args ->> 'owner_id')
      and (last_seen.id is null or (e.created_at, e.id) < (last_seen.created_at, last_seen.id))
    order by e.created_at desc, e.id desc
    limit (args ->> 'limit')::int
  ) page);
end $$;

-- {limit, before?, owner_id} -> newest first; `before` is the id of the last session of the page before.
create or replace function public.list_sessions(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  last_seen public.session;
begin
  if args ->> 'before' is not null then
    last_seen := public.seen_session(jsonb_build_object('session_id', args -> 'before', 'owner_id', args -> 'owner_id'));
  end if;
  return (select coalesce(jsonb_agg(page.row_json order by page.created_at desc, page.id desc), '[]')
  from (
    select s.created_at, s.id, jsonb_build_object(
      'id', s.id, 'status', s.status, 'created_at', s.created_at, 'name', s.name, 'exam_id', s.exam_id,
      'selected_models', s.plan -> 'summary' -> 'selected_models',
      'default_tries', case when s.plan is not null then s.default_tries end,
      'model_pairs', s.plan -> 'summary' -> 'model_pairs',
      'rubric_models', s.plan -> 'summary' -> 'rubric_models',
      'assessment_models', s.plan -> 'summary' -> 'assessment_models',
      'selected_rubric_template', s.selected_rubric_template,
      'selected_assessment_template', s.selected_assessment_template
    ) as row_json
    from public.session s
    where (args ->> 'owner_id' is null or s.owner_id = args ->> 'owner_id')
      and (last_seen.id is null or (s.created_at, s.id) < (last_seen.created_at, last_seen.id))
    order by s.created_at desc, s.id desc
    limit (args ->> 'limit')::int
  ) page);
end $$;

-- {limit, offset, document_id?, owner_id} -> {items, total}, newest first.
create or replace function public.list_tests(args jsonb) returns jsonb
language sql stable set search_path = '' as $$
  with mine as (
    select t.id from public.generated_test t
    where (args ->> 'owner_id' is null or t.owner_id = args ->> 'owner_id')
      and (args ->> 'document_id' is null or t.document_id = (args ->> 'document_id')::uuid)
  )
  select jsonb_build_object(
    'items', (
      select coalesce(jsonb_agg(public.test_json(page) order by page.created_at desc, page.id desc), '[]')
      from (
        select t.* from public.generated_test t join mine using (id)
        order by t.created_at desc, t.id desc
        limit (args ->> 'limit')::int offset (args ->> 'offset')::int
      ) page),
    'total', (select count(*) from mine)
  );
$$;

-- SM409 with {missing, unknown, maxima} unless the questions have the ids and maxima of the exam's. An exam that was made
-- without questions takes those of its first session, and may change them with it as long as it is the only one. A
-- tolerance that is given (not null) becomes that of the exam's question, the last one given counts; another session's own
-- question keeps the tolerance it has.
create or replace function public.match_exam(of_exam uuid, of_session uuid, questions jsonb) returns void
language plpgsql set search_path = '' as $$
declare
  difference jsonb;
begin
  -- Locked: two first sessions configured at once must not both decide what the exam asks.
  perform from public.exam e where e.id = of_exam for no key update;
  if not exists (select from public.exam_question e where e.exam_id = of_exam) or not exists (
    select from public.exam e where e.id = of_exam and e.questions_given
    union all
    select from public.session s where s.exam_id = of_exam and s.id is distinct from of_session
  ) then
    delete from public.exam_question e where e.exam_id = of_exam;
    perform public.set_exam_questions(of_exam, questions);
    return;
  end if;
  select jsonb_build_object(
    'missing', coalesce(jsonb_agg(e.question_id) filter (where n.question_id is null), '[]'),
    'unknown', coalesce(jsonb_agg(n.question_id) filter (where e.question_id is null), '[]'),
    'maxima', coalesce(jsonb_object_agg(e.question_id, jsonb_build_object('exam', e.max_marks, 'session', n.max_marks))
      filter (where e.question_id = n.question_id and e.max_marks <> n.max_marks), '{}')
  ) into difference
  from (select * from public.exam_question x where x.exam_id = of_exam) e
  full join jsonb_to_recordset(questions) as n (question_id text, max_marks numeric) using (question_id)
  where e.question_id is null or n.question_id is null or e.max_marks <> n.max_marks;
  if difference <> '{"missing": [], "unknown": [], "maxima": {}}' then
    raise exception 'The questions differ from those of the exam.'
      using errcode = 'SM409', detail = 'CONFLICT', hint = difference::text;
  end if;
  update public.exam_question e set tolerance = n.tolerance
  from jsonb_to_recordset(questions) as n (question_id text, tolerance numeric)
  where e.exam_id = of_exam and e.question_id = n.question_id and n.tolerance is distinct from e.tolerance
    and n.tolerance is not null;
end $$;

-- The document named by {document_id, owner_id}; no owner_id means any owner. SM404 when there is none.
create or replace function public.owned_document(args jsonb, lock boolean default false) returns public.document
language plpgsql set search_path = '' as $$
declare
  found_document public.document;
begin
  if lock then
    select * into found_document from public.document d where d.id = (args ->> 'document_id')::uuid for no key update;
  else
    select * into found_document from public.document d where d.id = (args ->> 'document_id')::uuid;
  end if;
  if found_document.id is null
    or (args ->> 'owner_id' is not null and found_document.owner_id is distinct from args ->> 'owner_id')
  then
    raise exception 'There is no such document.' using errcode = 'SM404', detail = 'NOT_FOUND';
  end if;
  return found_document;
end $$;

-- The exam named by {exam_id, owner_id}; no owner_id means any owner. SM404 when there is none.
create or replace function public.owned_exam(args jsonb, lock boolean default false) returns public.exam
language plpgsql set search_path = '' as $$
declare
  found_exam public.exam;
begin
  if lock then
    select * into found_exam from public.exam e where e.id = (args ->> 'exam_id')::uuid for no key update;
  else
    select * into found_exam from public.exam e where e.id = (args ->> 'exam_id')::uuid;
  end if;
  if found_exam.id is null or (args ->> 'owner_id' is not null and found_exam.owner_id is distinct from args ->> 'owner_id')
  then
    raise exception 'There is no such exam.' using errcode = 'SM404', detail = 'NOT_FOUND';
  end if;
  return found_exam;
end $$;

-- The session named by {session_id, owner_id}, its row locked until the transaction ends: writers of one session take
-- turns. No owner_id means any owner. SM404 when there is none.
create or replace function public.owned_session(args jsonb) returns public.session
language plpgsql set search_path = '' as $$
declare
  found_session public.session;
begin
  select * into found_session from public.session s
  where s.id = (args ->> 'session_id')::uuid
    and (args ->> 'owner_id' is null or s.owner_id = args ->> 'owner_id')
  for no key update;
  if not found then
    raise exception 'There is no such session.' using errcode = 'SM404', detail = 'NOT_FOUND';
  end if;
  return found_session;
end $$;

-- The test named by {test_id, owner_id}; no owner_id means any owner. SM404 when there is none.
create or replace function public.owned_test(args jsonb, lock boolean default false) returns public.generated_test
language plpgsql set search_path = '' as $$
declare
  found_test public.generated_test;
begin
  if lock then
    select * into found_test from public.generated_test t where t.id = (args ->> 'test_id')::uuid for no key update;
  else
    select * into found_test from public.generated_test t where t.id = (args ->> 'test_id')::uuid;
  end if;
  if found_test.id is null or (args ->> 'owner_id' is not null and found_test.owner_id is distinct from args ->> 'owner_id')
  then
    raise exception 'There is no such test.' using errcode = 'SM404', detail = 'NOT_FOUND';
  end if;
  return found_test;
end $$;

-- {} -> {ok}: the database answers and holds our functions.
create or replace function public.ping(args jsonb) returns jsonb
language sql stable set search_path = '' as $$ select '{"ok": true}'::jsonb $$;

-- Makes the calls of one run those of a plan: new ones pending, complete successes from the same inputs kept, the rest
-- pending again. What a repeated call had cost and answered stays in its row; its marks stay where its inputs are the same.
create or replace function public.plan_calls(of_session uuid, this_run int, calls jsonb) returns void
language sql set search_path = '' as $$
  update public.grading_call g set planned = false where g.session_id = of_session and g.run = this_run and g.planned;

  delete from public.result r
  using jsonb_to_recordset(calls) as c (model_name text, try_index int, stage text, request jsonb), public.grading_call g
  where r.session_id = of_session and r.model_name = c.model_name and r.try_index = c.try_index
    and g.session_id = of_session and g.run = this_run
    and (g.model_name, g.try_index, g.stage) = (c.model_name, c.try_index, c.stage) and g.stage = 'assessment'
    and (g.request ->> 'input_hash' <> c.request ->> 'input_hash'
      or (g.status <> 'succeeded' and r.marks_awarded is null));

  insert into public.grading_call as g (session_id, run, model_name, try_index, stage, request)
  select of_session, this_run, c.model_name, c.try_index, c.stage, c.request
  from jsonb_to_recordset(calls) as c (model_name text, try_index int, stage text, request jsonb)
  on conflict (session_id, run, model_name, try_index, stage) do update set
    planned = true,
    request = excluded.request,
    status = case when public.is_complete(g, excluded.request) then g.status else 'pending' end,
    first_answer = case
      when g.request ->> 'input_hash' = excluded.request ->> 'input_hash' and g.status not in ('succeeded', 'failed')
      then g.first_answer end,
    error = case when public.is_complete(g, excluded.request) then g.error end,
    finished_at = case when public.is_complete(g, excluded.request) then g.finished_at end;
$$;

-- A question with its options, as a session keeps it: what was asked stays known when the test is edited.
create or replace function public.printed_question(q public.test_question) returns text
language sql stable set search_path = '' as $$
  select concat_ws(E'\n', q.question, 'A. ' || (q.options ->> 0), 'B. ' || (q.options ->> 1), 'C. ' || (q.options ->> 2),
    'D. ' || (q.options ->> 3));
$$;

-- {kind} -> [{name, display_name, system_template, user_template, schema_template}] by name
create or replace function public.prompt_templates(args jsonb) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'name', t.name, 'display_name', t.display_name, 'system_template', t.system_template,
    'user_template', t.user_template, 'schema_template', t.schema_template) order by t.name), '[]')
  from public.prompt_template t where t.kind = args ->> 'kind';
$$;

-- {kind, name, display_name, system_template, user_template, schema_template} -> {}
create or replace function public.put_prompt_template(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  insert into public.prompt_template (kind, name, display_name, system_template, user_template, schema_template)
  values (args ->> 'kind', args ->> 'name', args ->> 'display_name', args ->> 'system_template',
    args ->> 'user_template', args ->> 'schema_template')
  on conflict (kind, name) do update set
    display_name = excluded.display_name, system_template = excluded.system_template,
    user_template = excluded.user_template, schema_template = excluded.schema_template, updated_at = clock_timestamp();
  return '{}';
end $$;

-- The questions of one session as JSON, by number.
create or replace function public.questions_of(of_session uuid) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(
    jsonb_build_object(
      'question_id', q.question_id, 'number', q.number, 'max_marks', trim_scale(q.max_marks),
      'tolerance', trim_scale(q.tolerance), 'text', q.text, 'answer', q.answer
    )
    order by q.number
  ), '[]')
  from public.question q where q.session_id = of_session;
$$;

-- {session_id, run, outcomes: [{model_name, try_index, stage, input_hash, status, completions, criteria, error,
--  finish_reason, provider, generation_id, prompt_tokens, completion_tokens, reasoning_tokens, cached_tokens, cost_usd,
--  http_requests, latency_ms, parse_path, first_answer, validation_errors,
--  results: [{question_id, marks_awarded, rubric_notes, raw_output, validation_errors}]}]} -> {recorded}
-- Stores finished calls with their marks; status waiting stores a first answer that will be asked for once more. The
-- first writer wins; a call that is no longer unfinished, or was planned anew from other inputs, is left as it is. Never
-- raises on what a model said: only configured questions get rows, and a mark outside 0..maximum is stored as no mark.
create or replace function public.record_calls(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  of_session uuid := (args ->> 'session_id')::uuid;
  this_run int := (args ->> 'run')::int;
  recorded int;
begin
  -- The same lock that a renewal takes first: no deadlock over the calls' rows.
  perform from public.session s where s.id = of_session for no key update;
  with outcome as (
    select * from jsonb_to_recordset(args -> 'outcomes') as o (
      model_name text, try_index int, stage text, input_hash text, status text, completions jsonb, criteria text,
      error jsonb, finish_reason text, provider text, generation_id text, prompt_tokens int, completion_tokens int,
      reasoning_tokens int, cached_tokens int, cost_usd numeric, http_requests int, latency_ms int, parse_path text,
      first_answer text, validation_errors jsonb, results jsonb)
  ), finished as (
    update public.grading_call g set
      -- A repeat that gave nothing takes no mark back: the attempt stays the incomplete success that it was.
      status = case when o.status in ('failed', 'cancelled') and exists (
        select from public.result r
        where r.session_id = of_session and r.model_name = g.model_name and r.try_index = g.try_index
          and g.stage = 'assessment' and r.marks_awarded is not null
      ) then 'succeeded' else o.status end,
      raw_output = g.raw_output || coalesce(o.completions, '[]'), criteria = o.criteria, error = o.error,
      finish_reason = o.finish_reason, provider = o.provider, generation_id = o.generation_id,
      prompt_tokens = g.prompt_tokens + coalesce(o.prompt_tokens, 0),
      completion_tokens = g.completion_tokens + coalesce(o.completion_tokens, 0),
      reasoning_tokens = g.reasoning_tokens + coalesce(o.reasoning_tokens, 0),
      cached_tokens = g.cached_tokens + coalesce(o.cached_tokens, 0),
      cost_usd = g.cost_usd + coalesce(o.cost_usd, 0), http_requests = g.http_requests + coalesce(o.http_requests, 0),
      latency_ms = o.latency_ms, parse_path = o.parse_path,
      first_answer = o.first_answer, validation_errors = coalesce(o.validation_errors, '[]'),
      finished_at = case when o.status <> 'waiting' then clock_timestamp() end
    from outcome o
    where g.session_id = of_session and g.run = this_run
      and (g.model_name, g.try_index, g.stage) = (o.model_name, o.try_index, o.stage)
      and g.status in ('pending', 'running', 'waiting') and g.request ->> 'input_hash' = o.input_hash
      -- A first answer that is sent twice, because the reply to the first sending was lost, counts once.
      and (o.status <> 'waiting' or g.first_answer is null)
    returning g.model_name, g.try_index, g.stage
  ), mark as (
    insert into public.result as r
      (session_id, question_id, model_name, try_index, marks_awarded, rubric_notes, raw_output, validation_errors)
    select of_session, q.question_id, f.model_name, f.try_index,
      case when m.marks_awarded between 0 and q.max_marks then m.marks_awarded end, m.rubric_notes, m.raw_output,
      coalesce(m.validation_errors, '[]') || case
        when m.marks_awarded not between 0 and q.max_marks then jsonb_build_array(jsonb_build_object(
          'reason', 'out_of_range', 'question_id', q.question_id,
          'message', 'The mark lies outside the question''s range.', 'found', m.marks_awarded::text))
        else '[]' end
    from finished f
    join outcome o using (model_name, try_index, stage)
    cross join jsonb_to_recordset(o.results)
      as m (question_id text, marks_awarded numeric, rubric_notes text, raw_output jsonb, validation_errors jsonb)
    join public.question q on q.session_id = of_session and q.question_id = m.question_id
    on conflict (session_id, question_id, model_name, try_index) do update set
      marks_awarded = excluded.marks_awarded, rubric_notes = excluded.rubric_notes, raw_output = excluded.raw_output,
      validation_errors = excluded.validation_errors
      where r.marks_awarded is null
    returning 1
  )
  select count(*) into recorded from finished;
  return jsonb_build_object('recorded', recorded);
end $$;

-- {document_id, total_pages, pages: [{page, text, source}], cost_usd} -> {}. A page that is stored already stays as it is, but
-- what was read off its image takes the place of its own text. cost_usd is what all calls for the document have cost until
-- now: told twice, or late, it is counted once.
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
  update public.document set
    total_pages = (args ->> 'total_pages')::int,
    extracted_pages = (select count(*) from public.document_page p where p.document_id = (args ->> 'document_id')::uuid),
    cost_usd = greatest(cost_usd, (args ->> 'cost_usd')::numeric)
  where id = (args ->> 'document_id')::uuid;
  return '{}';
end $$;

-- {session_id, exam_id?, owner_id, review_id, question_id, mark, reviewer, note} -> {reviewed_at}. SM404 for a question that is
-- not there, or not in that exam, SM422 for a mark above its maximum. The same review_id again is the same review.
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
  insert into public.review (id, session_id, question_id, mark, reviewer, note)
  values ((args ->> 'review_id')::uuid, s.id, q.question_id, (args ->> 'mark')::numeric, args ->> 'reviewer', args ->> 'note')
  on conflict (id) do nothing;
  select reviewed_at into at from public.review where id = (args ->> 'review_id')::uuid;
  return jsonb_build_object('reviewed_at', at);
end $$;

-- {test_id, slot, round, role, model, with_quote, raw, verdict, prompt_tokens, completion_tokens, cost_usd} -> {}. What is
-- stored already gets the new verdict and is not paid twice. Also stored after a cancel: it was paid for.
create or replace function public.record_test_attempt(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  t public.generated_test;
begin
  select * into t from public.generated_test o where o.id = (args ->> 'test_id')::uuid for no key update;
  if t.id is null then
    return '{}';
  end if;
  insert into public.test_attempt
    (test_id, slot, round, role, model, with_quote, raw, verdict, prompt_tokens, completion_tokens, cost_usd)
  values (
    (args ->> 'test_id')::uuid, (args ->> 'slot')::int, (args ->> 'round')::int, args ->> 'role', args ->> 'model',
    (args ->> 'with_quote')::boolean, args -> 'raw', args -> 'verdict', (args ->> 'prompt_tokens')::int,
    (args ->> 'completion_tokens')::int, (args ->> 'cost_usd')::numeric
  )
  on conflict (test_id, slot, round, role, model, with_quote) do nothing;
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

-- {session_id, owner_id, role, url, order_index, storage_path} -> {}. The session's row lock keeps the order whole.
-- A role's images start at 0 or 1, for clients count either way, and have no gaps. Image 0 may come after image 1: they
-- may have been sent at the same time.
create or replace function public.register_image(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  s public.session := public.owned_session(args);
  known public.image;
  got int := (args ->> 'order_index')::int;
  first_index int;
  last_index int;
begin
  select * into known from public.image i where i.session_id = s.id and i.url = args ->> 'url';
  if found then
    if known.role = args ->> 'role' and known.order_index = got then
      return '{}';
    end if;
    raise exception 'This image is already registered as % image %.', known.role, known.order_index
      using errcode = 'SM409', detail = 'CONFLICT';
  end if;
  perform public.idle_session(args);
  select min(i.order_index), max(i.order_index) into first_index, last_index
  from public.image i where i.session_id = s.id and i.role = args ->> 'role';
  if exists (
    select from public.image i where i.session_id = s.id and i.role = args ->> 'role' and i.order_index = got
  ) then
    raise exception 'Another image is registered at this place.' using errcode = 'SM400', detail = 'ORDER_INDEX_TAKEN';
  end if;
  if (last_index is null and got > 1) or (got <> last_index + 1 and not (got = 0 and first_index = 1)) then
    raise exception 'Images are numbered without gaps.' using
      errcode = 'SM400', detail = 'NON_CONTIGUOUS_ORDER_INDEX',
      hint = jsonb_build_object('expected', coalesce(last_index + 1, 0), 'got', got, 'role', args ->> 'role')::text;
  end if;
  insert into public.image (session_id, role, url, storage_path, order_index)
  values (s.id, args ->> 'role', args ->> 'url', args ->> 'storage_path', got);
  update public.session set inputs_version = inputs_version + 1, updated_at = clock_timestamp() where id = s.id;
  return '{}';
end $$;

-- {kind: document | generated_test, id, lease_owner} -> {}: the next process may take it at once.
create or replace function public.release_job(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  if args ->> 'kind' = 'document' then
    update public.document set lease_owner = null, lease_expires_at = null
    where id = (args ->> 'id')::uuid and lease_owner = args ->> 'lease_owner';
  else
    update public.generated_test set lease_owner = null, lease_expires_at = null
    where id = (args ->> 'id')::uuid and lease_owner = args ->> 'lease_owner';
  end if;
  return '{}';
end $$;

-- {session_id, lease_owner} -> {}: the next process may take the session at once.
create or replace function public.release_lease(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  update public.session set lease_owner = null, lease_expires_at = null
  where id = (args ->> 'session_id')::uuid and lease_owner = args ->> 'lease_owner';
  return '{}';
end $$;

-- {session_id, owner_id, name} -> {}
create or replace function public.rename_session(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  renamed public.session := public.owned_session(args);
begin
  update public.session set name = args ->> 'name', updated_at = clock_timestamp() where id = renamed.id;
  return '{}';
end $$;

-- {kind: document | generated_test, id, lease_owner, lease_seconds} -> {held}. false once it is another's, or gone, or over.
create or replace function public.renew_job(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  until timestamptz := clock_timestamp() + make_interval(secs => (args ->> 'lease_seconds')::double precision);
begin
  if args ->> 'kind' = 'document' then
    update public.document set lease_expires_at = until
    where id = (args ->> 'id')::uuid and lease_owner = args ->> 'lease_owner' and status = 'processing';
  else
    update public.generated_test set lease_expires_at = until
    where id = (args ->> 'id')::uuid and lease_owner = args ->> 'lease_owner' and status in ('pending', 'generating');
  end if;
  return jsonb_build_object('held', found);
end $$;

-- {session_id, lease_owner, lease_seconds, running: [[model_name, try_index, stage], ...], waiting: [...]}
-- -> {held, stop_reason}. Renews the lease and says which calls are at work, in one statement each; an expired lease that
-- nobody took is renewed too. held is false once the session is another's, or gone, or no longer in grading.
create or replace function public.renew_lease(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  s public.session;
begin
  update public.session set
    lease_expires_at = clock_timestamp() + make_interval(secs => (args ->> 'lease_seconds')::double precision)
  where id = (args ->> 'session_id')::uuid and lease_owner = args ->> 'lease_owner' and status = 'grading'
  returning * into s;
  if s.id is null then
    return jsonb_build_object('held', false, 'stop_reason', null);
  end if;
  with named as (
    select c ->> 0 as model_name, (c ->> 1)::int as try_index, c ->> 2 as stage, 'running' as status
    from jsonb_array_elements(args -> 'running') c
    union all
    select c ->> 0, (c ->> 1)::int, c ->> 2, 'waiting' from jsonb_array_elements(args -> 'waiting') c
  ), at_work as (
    update public.grading_call g set status = n.status
    from named n
    where g.session_id = s.id and g.run = s.run and g.planned
      and (g.model_name, g.try_index, g.stage) = (n.model_name, n.try_index, n.stage)
      and g.status <> n.status and g.status in ('pending', 'running', 'waiting')
  )
  update public.grading_call g set status = 'pending'
  where g.session_id = s.id and g.run = s.run and g.planned and g.status in ('running', 'waiting')
    and (g.model_name, g.try_index, g.stage) not in (select n.model_name, n.try_index, n.stage from named n);
  return jsonb_build_object('held', true, 'stop_reason', s.stop_reason);
end $$;

-- {exam_id or session_id, owner_id} -> [{session_id, script, question_id, mark, reviewer, note, reviewed_at}], latest first
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
    where s.id = (args ->> 'session_id')::uuid or s.exam_id = (args ->> 'exam_id')::uuid
  );
end $$;

-- {session_id} -> {attempts, succeeded, unfinished, marked, first_failure}: what the end of a run is decided on.
create or replace function public.run_summary(args jsonb) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'attempts', count(*), 'succeeded', count(*) filter (where g.status = 'succeeded'),
    'unfinished', count(*) filter (where g.status in ('pending', 'running', 'waiting')),
    'marked', count(*) filter (where exists (
      select from public.result r
      join public.question q on q.session_id = r.session_id and q.question_id = r.question_id
      where r.session_id = g.session_id and r.model_name = g.model_name and r.try_index = g.try_index
        and r.marks_awarded is not null)),
    'first_failure', (array_agg(g.error ->> 'message' order by g.finished_at) filter (where g.status = 'failed'))[1]
  )
  from public.session s
  join public.grading_call g on g.session_id = s.id and g.run = s.run and g.planned and g.stage = 'assessment'
  where s.id = (args ->> 'session_id')::uuid;
$$;

-- {session_id, totals, discrepancies_by_model_try} -> {}: the snapshot of a run that has ended.
create or replace function public.save_stats(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  insert into public.stats (session_id, totals, discrepancies_by_model_try)
  select s.id, args -> 'totals', args -> 'discrepancies_by_model_try'
  from public.session s where s.id = (args ->> 'session_id')::uuid
  on conflict (session_id) do update set totals = excluded.totals,
    discrepancies_by_model_try = excluded.discrepancies_by_model_try, updated_at = clock_timestamp();
  return '{}';
end $$;

-- All marks of one session in the order of `question_ids`, compact: {session_id, name, simulated, human, human_2, final,
--  attempts: [[model_name, try_index, "3,2.5,,x,-", cost_usd, latency_ms]]}. In the string, one field per question: a
-- mark, nothing where there is none, x where one was given and refused (out of range, unreadable, contradictory), - where
-- the attempt was not asked. A review above the question's maximum, which was lowered since, does not count.
create or replace function public.script_marks(s public.session, question_ids text[]) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'session_id', s.id, 'name', s.name, 'human', public.human_marks_of(s.id),
    'simulated', exists (
      select from public.grading_call g where g.session_id = s.id and g.run = s.run and g.provider = 'Simulated'),
    'human_2', coalesce((select st.human_marks_2_by_qid from public.stats st where st.session_id = s.id), '{}'),
    'final', coalesce((
      select jsonb_object_agg(latest.question_id, trim_scale(latest.mark))
      from (
        select distinct on (v.question_id) v.question_id, v.mark from public.review v
        join public.question q on q.session_id = s.id and q.question_id = v.question_id and v.mark <= q.max_marks
        where v.session_id = s.id
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
            where problem ->> 'reason' in ('out_of_range', 'unreadable', 'duplicate')) then 'x'
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

-- The session named by {session_id, owner_id}, for reading; no owner_id means any owner. SM404 when there is none.
-- Stable, so that it sees what the reading statement sees: a volatile function would look again, and could show a status
-- that is newer than the calls counted beside it.
create or replace function public.seen_session(args jsonb) returns public.session
language plpgsql stable set search_path = '' as $$
declare
  found_session public.session;
begin
  select * into found_session from public.session s where s.id = (args ->> 'session_id')::uuid;
  if found_session.id is null
    or (args ->> 'owner_id' is not null and found_session.owner_id is distinct from args ->> 'owner_id')
  then
    raise exception 'There is no such session.' using errcode = 'SM404', detail = 'NOT_FOUND';
  end if;
  return found_session;
end $$;

-- {session_id, owner_id} -> {started_at, attempts: [{model_name, try_index, status, reason, message, finished_at}]} of the
-- current plan, the finished ones first in the order they finished. Status as in session_progress.
create or replace function public.session_attempts(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  s public.session := public.seen_session(args);
begin
  return jsonb_build_object('started_at', s.started_at, 'attempts', (
    select coalesce(jsonb_agg(jsonb_build_object(
      'model_name', a.model_name, 'try_index', a.try_index,
      'status', case when a.status = 'pending' and r.status in ('running', 'waiting') then r.status else a.status end,
      'reason', a.error -> 'reason', 'message', a.error -> 'message', 'finished_at', a.finished_at
    ) order by a.finished_at, a.model_name, a.try_index), '[]')
    from public.grading_call a
    left join public.grading_call r on r.session_id = a.session_id and r.run = a.run and r.stage = 'rubric'
      and r.model_name = a.model_name and r.try_index = a.try_index
    where a.session_id = s.id and a.run = s.run and a.stage = 'assessment' and a.planned
  ));
end $$;

-- {session_id, owner_id} -> [storage_path, ...]: the session's files in our storage, without those that another session
-- has registered too. Nothing there: none.
create or replace function public.session_files(args jsonb) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(i.storage_path), '[]')
  from public.image i join public.session s on s.id = i.session_id
  where s.id = (args ->> 'session_id')::uuid
    and (args ->> 'owner_id' is null or s.owner_id = args ->> 'owner_id')
    and i.storage_path is not null
    and not exists (
      select from public.image other where other.storage_path = i.storage_path and other.session_id <> i.session_id
    );
$$;

-- {session_id, owner_id} -> [{role, url, order_index, storage_path}], students' pages first, each role in order.
create or replace function public.session_images(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  s public.session := public.seen_session(args);
begin
  return public.images_of(s.id);
end $$;

-- {session_id, owner_id} -> what a poller sees, counted from stored rows. An attempt is its assessment call; while its
-- rubric call is at work, that one speaks for it.
create or replace function public.session_progress(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  s public.session := public.seen_session(args);
  n record;
  spent record;
  n_unmarked bigint;
begin
  with attempt as (
    -- One scan: a join of the calls to themselves is quadratic as long as the table was never analysed.
    select c.model_name, max(c.finished_at) filter (where c.stage = 'assessment') as finished_at,
      coalesce(nullif(max(c.status) filter (where c.stage = 'assessment'), 'pending'),
        max(c.status) filter (where c.stage = 'rubric' and c.status in ('running', 'waiting')), 'pending') as status
    from public.grading_call c
    where c.session_id = s.id and c.run = s.run
    group by c.model_name, c.try_index
    having bool_or(c.planned and c.stage = 'assessment')
  ), per_model as (
    select model_name, count(*) as total,
      count(*) filter (where status = 'pending') as pending,
      count(*) filter (where status = 'running') as running,
      count(*) filter (where status = 'waiting') as waiting,
      count(*) filter (where status = 'succeeded') as succeeded,
      count(*) filter (where status = 'failed') as failed,
      count(*) filter (where status = 'cancelled') as cancelled,
      count(*) filter (where finished_at >= s.started_at) as finished_now
    from attempt group by model_name
  )
  select coalesce(sum(total), 0) as total, coalesce(sum(pending), 0) as pending, coalesce(sum(running), 0) as running,
    coalesce(sum(waiting), 0) as waiting, coalesce(sum(succeeded), 0) as succeeded, coalesce(sum(failed), 0) as failed,
    coalesce(sum(cancelled), 0) as cancelled, coalesce(sum(finished_now), 0) as finished_now,
    coalesce(jsonb_object_agg(model_name,
      jsonb_build_object('total', total, 'succeeded', succeeded, 'failed', failed)), '{}') as models
  into n from per_model;

  select count(*) into n_unmarked
  from public.result r
  join public.question q on q.session_id = r.session_id and q.question_id = r.question_id
  join public.grading_call g on g.session_id = s.id and g.run = s.run and g.stage = 'assessment' and g.planned
    and g.model_name = r.model_name and g.try_index = r.try_index and g.status = 'succeeded'
  where r.session_id = s.id and r.marks_awarded is null;

  select coalesce(sum(g.cost_usd), 0) as cost, coalesce(sum(g.prompt_tokens), 0) as input,
    coalesce(sum(g.completion_tokens), 0) as output, coalesce(sum(g.reasoning_tokens), 0) as reasoning,
    coalesce(sum(g.cached_tokens), 0) as cached
  into spent from public.grading_call g where g.session_id = s.id and g.run = s.run and g.planned;

  return jsonb_build_object(
    'session_id', s.id, 'name', s.name, 'status', s.status, 'failure_reason', s.failure_reason,
    'progress', case when n.total > 0
      then round((n.succeeded + n.failed + n.cancelled)::numeric / n.total, 4) else 0 end,
    'attempts', jsonb_build_object(
      'total', n.total, 'pending', n.pending, 'running', n.running, 'waiting', n.waiting,
      'succeeded', n.succeeded, 'failed', n.failed, 'cancelled', n.cancelled),
    'n_unmarked', n_unmarked, 'models', n.models, 'cost_usd', trim_scale(spent.cost),
    'tokens', jsonb_build_object(
      'input', spent.input, 'output', spent.output, 'reasoning', spent.reasoning, 'cached', spent.cached),
    'started_at', s.started_at, 'finished_at', s.finished_at,
    'estimated_seconds_left', case when s.status = 'grading' and n.finished_now > 0 then
      round(extract(epoch from clock_timestamp() - s.started_at) / n.finished_now
        * (n.pending + n.running + n.waiting)) end
  );
end $$;

-- {session_id, owner_id} -> {questions, human_marks_by_qid, human_marks_2_by_qid}
create or replace function public.session_questions(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  s public.session := public.seen_session(args);
begin
  return jsonb_build_object(
    'questions', public.questions_of(s.id), 'human_marks_by_qid', public.human_marks_of(s.id),
    'human_marks_2_by_qid', coalesce((select st.human_marks_2_by_qid from public.stats st where st.session_id = s.id), '{}')
  );
end $$;

-- {session_id, owner_id} -> {status, run, questions, human_marks_by_qid, calls: [...], results: [...]}: everything that
-- marks are reported from, of the current plan alone. Calls come without the completions they hold.
create or replace function public.session_results(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  s public.session := public.seen_session(args);
begin
  return jsonb_build_object(
    'status', s.status, 'run', s.run, 'questions', public.questions_of(s.id),
    'human_marks_by_qid', public.human_marks_of(s.id),
    'calls', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'model_name', g.model_name, 'try_index', g.try_index, 'stage', g.stage, 'status', g.status, 'error', g.error,
        'criteria', g.criteria, 'finish_reason', g.finish_reason, 'provider', g.provider, 'parse_path', g.parse_path,
        'prompt_tokens', g.prompt_tokens, 'completion_tokens', g.completion_tokens,
        'reasoning_tokens', g.reasoning_tokens, 'cached_tokens', g.cached_tokens, 'cost_usd', trim_scale(g.cost_usd),
        'http_requests', g.http_requests, 'latency_ms', g.latency_ms, 'validation_errors', g.validation_errors,
        'model', g.request -> 'model') order by g.model_name, g.try_index, g.stage), '[]')
      from public.grading_call g where g.session_id = s.id and g.run = s.run and g.planned
    ),
    'results', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'question_id', r.question_id, 'model_name', r.model_name, 'try_index', r.try_index,
        'marks_awarded', trim_scale(r.marks_awarded), 'rubric_notes', r.rubric_notes,
        'validation_errors', r.validation_errors) order by q.number, r.model_name, r.try_index), '[]')
      from public.result r
      join public.question q on q.session_id = r.session_id and q.question_id = r.question_id
      join public.grading_call g on g.session_id = s.id and g.run = s.run and g.stage = 'assessment' and g.planned
        and g.model_name = r.model_name and g.try_index = r.try_index
      where r.session_id = s.id
    )
  );
end $$;

-- {session_id, owner_id} -> what another session can be set up from: plan, questions, human marks, images, templates.
create or replace function public.session_template(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  s public.session := public.seen_session(args);
begin
  return jsonb_build_object(
    'name', s.name, 'plan', s.plan, 'default_tries', s.default_tries, 'questions', public.questions_of(s.id),
    'human_marks_by_qid', public.human_marks_of(s.id), 'images', public.images_of(s.id),
    'templates', jsonb_build_object(
      'rubric', s.selected_rubric_template, 'assessment', s.selected_assessment_template)
  );
end $$;

-- Writes the questions [{question_id, number, max_marks, tolerance, text, answer}] of an exam that has none yet.
create or replace function public.set_exam_questions(of_exam uuid, questions jsonb) returns void
language sql set search_path = '' as $$
  insert into public.exam_question (exam_id, question_id, number, max_marks, tolerance, text, answer)
  select of_exam, n.question_id, n.number, n.max_marks, n.tolerance, n.text, n.answer
  from jsonb_to_recordset(questions)
    as n (question_id text, number int, max_marks numeric, tolerance numeric, text text, answer text);
$$;

-- {session_id, owner_id, plan, default_tries, force, inputs_version,
--  calls: [{model_name, try_index, stage, request}]} -> {outcome: started | joined | stale, run}
-- Every call of the plan is written, and the session set to grading, in this one transaction. A call whose stored success
-- is complete and was made from the same inputs (request.input_hash) is kept; `force` opens a new run that keeps none.
-- joined: the same plan is being graded. stale: questions or images changed since they were read; read and plan again.
create or replace function public.start_grading(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  s public.session := public.owned_session(args);
  this_run int := s.run;
begin
  if s.status = 'grading' and s.plan -> 'markers' = args -> 'plan' -> 'markers' then
    return jsonb_build_object('outcome', 'joined', 'run', s.run);
  end if;
  perform public.idle_session(args);
  if s.inputs_version <> (args ->> 'inputs_version')::int then
    return jsonb_build_object('outcome', 'stale', 'run', s.run);
  end if;
  if this_run = 0 or coalesce((args ->> 'force')::boolean, false) then
    this_run := this_run + 1;
    delete from public.result r where r.session_id = s.id;
  end if;
  perform public.plan_calls(s.id, this_run, args -> 'calls');
  update public.session set
    status = 'grading', failure_reason = null, stop_reason = null, plan = args -> 'plan',
    default_tries = (args ->> 'default_tries')::int, run = this_run, lease_owner = null, lease_expires_at = null,
    started_at = clock_timestamp(), finished_at = null, updated_at = clock_timestamp()
  where id = s.id;
  return jsonb_build_object('outcome', 'started', 'run', this_run);
end $$;

-- The stored templates that a session selected, by kind; null for a kind whose template is gone. `default` may be absent:
-- the app has built-in ones.
create or replace function public.templates_of(s public.session) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_object_agg(wanted.kind, case when t.name is not null then jsonb_build_object(
    'system_template', t.system_template, 'user_template', t.user_template, 'schema_template', t.schema_template) end
  ) filter (where t.name is not null or wanted.name <> 'default'), '{}')
  from (values ('rubric', s.selected_rubric_template), ('assessment', s.selected_assessment_template))
    as wanted (kind, name)
  left join public.prompt_template t on t.kind = wanted.kind and t.name = wanted.name;
$$;

-- {test_id, owner_id, question_id?} -> {slot, attempts: [{slot, round, role, model, with_quote, raw, verdict, ...}]}, oldest
-- first; those of one question's slot, or all. SM404 where there is no such question.
create or replace function public.test_attempts(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  t public.generated_test := public.owned_test(args);
  of_slot int;
begin
  if args ->> 'question_id' is not null then
    select q.slot into of_slot from public.test_question q
    where q.test_id = t.id and q.id = (args ->> 'question_id')::uuid;
    if of_slot is null then
      raise exception 'There is no such question.' using errcode = 'SM404', detail = 'NOT_FOUND';
    end if;
  end if;
  return jsonb_build_object('slot', of_slot, 'attempts', (
    select coalesce(jsonb_agg(jsonb_build_object(
      'slot', a.slot, 'round', a.round, 'role', a.role, 'model', a.model, 'with_quote', a.with_quote,
      'raw', a.raw, 'verdict', a.verdict, 'prompt_tokens', a.prompt_tokens, 'completion_tokens', a.completion_tokens,
      'cost_usd', trim_scale(a.cost_usd), 'created_at', a.created_at)
      order by a.slot, a.round, a.role desc, a.created_at), '[]')
    from public.test_attempt a where a.test_id = t.id and (of_slot is null or a.slot = of_slot)
  ));
end $$;

-- {test_id, owner_id} -> the test with its questions, by number.
create or replace function public.test_detail(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  t public.generated_test := public.owned_test(args);
begin
  return public.test_json(t) || jsonb_build_object('questions', (
    select coalesce(jsonb_agg(public.test_question_json(q) order by public.test_question_number(q)), '[]')
    from public.test_question q where q.test_id = t.id
  ));
end $$;

-- One test as clients see it, without its questions; elapsed_time in seconds.
create or replace function public.test_json(t public.generated_test) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'id', t.id, 'document_id', t.document_id, 'name', t.name, 'status', t.status, 'difficulty', t.difficulty,
    'target_questions', t.target_questions, 'questions_generated', t.questions_generated,
    'model', t.models -> 'writer', 'solver_models', t.models -> 'solvers', 'topics', t.models -> 'topics',
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
    'state', q.state, 'created_at', q.created_at, 'updated_at', q.updated_at
  );
$$;

-- The number that a question is printed and marked under: 1, 2, 3 by slot, places without a question left out. Those that are
-- added once the test is made come last in the order of their coming, so that no number on a printed paper changes.
create or replace function public.test_question_number(q public.test_question) returns int
language sql stable set search_path = '' as $$
  select count(*)::int
  from public.generated_test t join public.test_question o on o.test_id = t.id
  where t.id = q.test_id
    and (case when o.created_at > t.finished_at then o.created_at else '-infinity' end, o.slot)
      <= (case when q.created_at > t.finished_at then q.created_at else '-infinity' end, q.slot);
$$;

-- {test_id, owner_id} -> [{script, question_id, key, max_marks, read: [letter, ...], is_current}]: the boxes of every answer sheet
-- of which a letter was read, with what each model read there: null for an empty box, nothing for what could not be read.
create or replace function public.test_responses(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  t public.generated_test := public.owned_test(args);
begin
  return (
    with read as (
      select s.id as session_id, s.created_at, r.question_id, jsonb_agg(r.raw_output -> 'letter') as letters
      from public.session s
      join public.result r on r.session_id = s.id and r.marks_awarded is not null and r.raw_output ? 'letter'
      join public.grading_call g on g.session_id = s.id and g.run = s.run and g.stage = 'assessment' and g.planned
        and g.model_name = r.model_name and g.try_index = r.try_index
      where s.test_id = t.id
      group by s.id, r.question_id
    )
    select coalesce(jsonb_agg(jsonb_build_object(
      'script', q.session_id, 'question_id', q.question_id, 'key', q.answer, 'max_marks', trim_scale(q.max_marks),
      'read', coalesce(r.letters, '[]'),
      'is_current', coalesce((q.answer, q.text) = (tq.correct_option, public.printed_question(tq)), false)
    ) order by q.session_id, q.number), '[]')
    from public.question q
    left join read r on r.session_id = q.session_id and r.question_id = q.question_id
    left join public.test_question tq on tq.test_id = t.id and public.test_question_number(tq)::text = q.question_id
    where q.session_id in (select session_id from read)
  );
end $$;

-- {test_id, owner_id} -> {test, tokens: {input, output}, slots: [{slot, accepted_at, given_up, message, tried,
-- round, changed_at}]}: what those see who watch a test being made.
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

-- {test_id, owner_id} -> the test without its questions.
create or replace function public.test_summary(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return public.test_json(public.owned_test(args));
end $$;

-- {kind: document | generated_test} -> [id, ...]: those at work that no living process works on, longest waiting first.
create or replace function public.unclaimed_jobs(args jsonb) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(job.id order by job.created_at), '[]')
  from (
    select d.id, d.created_at, d.lease_expires_at from public.document d
    where args ->> 'kind' = 'document' and d.status = 'processing'
    union all
    select t.id, t.created_at, t.lease_expires_at from public.generated_test t
    where args ->> 'kind' = 'generated_test' and t.status in ('pending', 'generating')
  ) job
  where job.lease_expires_at is null or job.lease_expires_at < clock_timestamp();
$$;

-- {} -> [session_id, ...]: sessions in grading that no living process works on, longest waiting first.
create or replace function public.unclaimed_sessions(args jsonb) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(s.id order by s.started_at), '[]')
  from public.session s
  where s.status = 'grading' and (s.lease_expires_at is null or s.lease_expires_at < clock_timestamp());
$$;

-- Takes the marks of changed questions out of every finished attempt of the current run; the calls keep the evidence.
create or replace function public.unmark_questions(s public.session, changed text[]) returns void
language sql set search_path = '' as $$
  insert into public.result (session_id, question_id, model_name, try_index, validation_errors)
  select s.id, q.question_id, g.model_name, g.try_index, jsonb_build_array(jsonb_build_object(
    'reason', 'question_changed', 'question_id', q.question_id,
    'message', 'The question was changed after it was marked; grade the session again.'))
  from public.grading_call g
  cross join unnest(changed) as q (question_id)
  where g.session_id = s.id and g.run = s.run and g.stage = 'assessment' and g.status in ('succeeded', 'failed')
  on conflict (session_id, question_id, model_name, try_index) do update
    set marks_awarded = null, validation_errors = excluded.validation_errors;
$$;

-- Who may do what: the service role works through these functions on these tables; nobody else anything. Only our own
-- objects are named: a project may keep other tables beside them.
do $$
declare
  name text;
  signature regprocedure;
begin
  foreach name in array array[
    'exam', 'exam_question', 'document', 'document_part', 'document_page', 'generated_test', 'test_question',
    'test_attempt', 'session', 'image', 'question', 'stats', 'result', 'grading_call', 'review', 'prompt_template'
  ] loop
    execute format('alter table public.%I enable row level security', name);
    execute format('revoke all on public.%I from public, anon, authenticated', name);
    execute format('grant select, insert, update, delete on public.%I to service_role', name);
  end loop;
  foreach name in array array[
    'accept_question', 'add_document_part', 'add_test_question', 'answer_notes', 'cancel_session', 'cancel_test',
    'check_human_marks', 'check_keys', 'close_attempts', 'claim_document', 'claim_session', 'claim_test', 'configure_questions', 'create_document', 'create_exam',
    'create_session', 'create_test', 'create_test_session', 'delete_document', 'delete_exam', 'delete_prompt_template',
    'delete_session', 'delete_test', 'document_detail', 'document_json', 'document_part_of', 'document_text',
    'edit_test', 'edit_test_question', 'edited_checks', 'exam_detail', 'exam_marks', 'exam_questions_of', 'export_rows',
    'finish_document', 'finish_session', 'finish_test', 'grading_inputs', 'human_marks_of', 'idle_session',
    'images_of', 'import_marks', 'imported_script', 'is_complete', 'list_documents', 'list_exams', 'list_sessions', 'list_tests',
    'match_exam', 'owned_document', 'owned_exam', 'owned_session', 'owned_test', 'ping', 'plan_calls', 'printed_question',
    'prompt_templates', 'put_prompt_template', 'questions_of', 'record_calls', 'record_pages', 'record_review',
    'record_test_attempt', 'register_image', 'release_job', 'release_lease', 'rename_session', 'renew_job',
    'renew_lease', 'reviews', 'run_summary', 'save_stats', 'script_marks', 'seen_session', 'session_attempts', 'session_files',
    'session_images', 'session_progress', 'session_questions', 'session_results', 'session_template',
    'set_exam_questions', 'start_grading', 'templates_of', 'test_attempts', 'test_detail', 'test_json',
    'test_question_json', 'test_question_number', 'test_responses', 'test_slots', 'test_summary', 'unclaimed_jobs', 'unclaimed_sessions',
    'unmark_questions'
  ] loop
    for signature in
      select p.oid from pg_catalog.pg_proc p where p.pronamespace = 'public'::regnamespace and p.proname = name
    loop
      execute format('revoke all on function %s from public, anon, authenticated', signature);
      execute format('grant execute on function %s to service_role', signature);
    end loop;
  end loop;
end $$;

-- The private bucket for scans, where there is a Supabase Storage to hold it.
do $$
begin
  if to_regclass('storage.buckets') is not null then
    insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
    values ('grading-images', 'grading-images', false, 20971520,
      array['image/png', 'image/jpeg', 'image/webp', 'image/gif'])
    on conflict (id) do nothing;
  end if;
end $$;

