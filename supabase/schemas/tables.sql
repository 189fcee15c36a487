-- Tables. Names and keys of session, image, question, stats and result are fixed by schemas that users already have.

create table public.exam (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  owner_id text,
  -- Whether it was made with questions; if not, it takes those of its first session.
  questions_given boolean not null default false,
  created_at timestamptz not null default clock_timestamp(),
  -- The number of seeds on which a marker may be outside the tolerance; null: the app's own limit.
  seed_limit int check (seed_limit >= 0),
  -- Rules of the desk: show the models' marks only after a human gave one; let two people mark each answer.
  blind_marking boolean not null default false,
  double_marking boolean not null default false
);
create index exam_newest on public.exam (created_at desc, id desc);
create index exam_of_owner on public.exam (owner_id, created_at desc, id desc) where owner_id is not null;

-- The questions of an exam; each of its sessions has them.
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
  -- Of the request that asked for the work.
  correlation_id text,
  owner_id text,
  name text not null,
  sha256 text not null,
  content_type text not null,
  status text not null default 'processing' check (status in ('processing', 'ready', 'extraction_failed', 'rejected')),
  -- The number of parts that the file was cut into. All must be stored before its text is read.
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
  finished_at timestamptz,
  -- [{what, count, pages, message}]: what reading left out of the text.
  left_out jsonb not null default '[]'
);
create index document_newest on public.document (created_at desc, id desc);
create index document_of_owner on public.document (owner_id, created_at desc, id desc) where owner_id is not null;
create index document_processing on public.document (lease_expires_at) where status = 'processing';

-- The file, until its text has been read. It is stored in parts, because one value of 50 MB would block the process that moves it.
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

-- Every call that read a page off its image, with its whole replies. `raw` is {content, exchanges}; content is null where
-- there was no answer.
create table public.document_call (
  id uuid primary key default gen_random_uuid(),
  document_id uuid not null references public.document on delete cascade,
  page int not null check (page >= 1),
  raw jsonb not null,
  created_at timestamptz not null default clock_timestamp()
);
create index document_call_of_document on public.document_call (document_id, page);

-- A test outlives the document that it was made from.
create table public.generated_test (
  id uuid primary key default gen_random_uuid(),
  -- Of the request that asked for the work.
  correlation_id text,
  document_id uuid references public.document on delete set null,
  owner_id text,
  name text not null,
  status text not null default 'pending' check (status in ('pending', 'generating', 'completed', 'partial', 'failed')),
  target_questions int not null check (target_questions between 1 and 20),
  questions_generated int not null default 0,
  difficulty text not null check (difficulty in ('EASY', 'MEDIUM', 'HARD')),
  -- {writer, solvers, topics, kinds, blooms, max_cost_usd, language, unused_pages, notes}; those after topics may be missing
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
-- This index, and no check in code, ensures that at most one test at a time is made from a document.
create unique index generated_test_in_the_making on public.generated_test (document_id)
  where status in ('pending', 'generating');
create index generated_test_newest on public.generated_test (created_at desc, id desc);
create index generated_test_of_owner on public.generated_test (owner_id, created_at desc, id desc)
  where owner_id is not null;
create index generated_test_of_document on public.generated_test (document_id);

create table public.test_question (
  id uuid primary key default gen_random_uuid(),
  test_id uuid not null references public.generated_test on delete cascade,
  slot int not null check (slot between 1 and 20),
  question text not null,
  -- Two to four texts in the order in which they are printed; why_wrong by letter.
  options jsonb not null,
  -- One letter, "A,C" where several are right, "1C,2A,3B" where each of the prompts has its option.
  correct_option text not null check (correct_option ~ '^([A-D]|[A-D](,[A-D])+|1[A-D](,[2-4][A-D])+)$'),
  why_wrong jsonb not null default '{}',
  explanation text not null default '',
  difficulty text not null check (difficulty in ('EASY', 'MEDIUM', 'HARD')),
  topic text not null default '',
  bloom text,
  page int,
  quote text not null default '',
  max_marks numeric(10, 2) not null default 1 check (max_marks > 0),
  -- The findings of the checks and of the solvers: {round, findings}
  checks jsonb not null default '{}',
  state text not null default 'accepted' check (state in ('draft', 'accepted', 'edited')),
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  kind text not null default 'single'
    check (kind in ('single', 'several', 'true_false', 'assertion_reason', 'matching')),
  -- Of a matching question: the prompts, to each of which one option belongs.
  prompts jsonb not null default '[]',
  unique (test_id, slot)
);

-- Every answer that was paid for, with its verdict. A resumed slot starts from its stored answers.
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
  -- Of the request that asked for the work.
  correlation_id text,
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
  -- Counts the changes of questions and images, so that a start sees whether its plan is out of date.
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
  finished_at timestamptz,
  -- Its human marks are agreed. A run marks it first, and the watch marks it again.
  seed boolean not null default false,
  -- The group that the student belongs to, for the figures of fairness; any text.
  group_name text,
  -- Sessions with the same value share a limit on the cost of their runs; null: no limit.
  budget_id uuid,
  -- The import that made it and has not ended: until then no list shows the session.
  import_id uuid
);
create index session_of_import on public.session (import_id) where import_id is not null;
create index session_of_budget on public.session (budget_id) where budget_id is not null;
create index session_newest on public.session (created_at desc, id desc);
create index session_of_owner on public.session (owner_id, created_at desc, id desc) where owner_id is not null;
create index session_of_exam on public.session (exam_id, created_at, id) where exam_id is not null;
create index session_seeds on public.session (exam_id) where seed;
create index session_of_test on public.session (test_id) where test_id is not null;
create index session_grading on public.session (lease_expires_at) where status = 'grading';

create table public.image (
  id uuid primary key default gen_random_uuid(),
  session_id uuid not null references public.session on delete cascade,
  role text not null check (role in ('student', 'answer_key', 'grading_rubric')),
  -- The address of a page on another server, or the path of one of our own without the name of a server.
  url text not null,
  storage_path text,
  -- The upload that the page was made of, such as a PDF; null where the upload is the page.
  source_path text,
  order_index int not null check (order_index >= 0),
  created_at timestamptz not null default clock_timestamp(),
  unique (session_id, url),
  unique (session_id, role, order_index)
);
-- A deletion looks here whether another session has registered the file; only if not, the file is deleted too.
create index image_of_file on public.image (storage_path) where storage_path is not null;
create index image_of_source on public.image (source_path) where source_path is not null;
-- For the owner of an upload, and whether any session has it, by the common part of its files' keys (upload_stem).
create index image_by_stem on public.image (left(storage_path, 40)) where storage_path is not null;
create index image_by_stem_of_source on public.image (left(source_path, 40)) where source_path is not null;

-- Every upload that got an address, with its owner and its files. The row is deleted a day later unless a session has it.
create table public.upload (
  -- The common part of its key and the keys of its pages (upload_stem).
  stem text primary key,
  owner_id text,
  files text[] not null,
  bytes bigint not null default 0,
  created_at timestamptz not null default clock_timestamp(),
  -- When its file arrived. The address takes no second file, even after the first was deleted.
  spent_at timestamptz
);
create index upload_of_owner on public.upload (owner_id) where owner_id is not null;
create index upload_by_age on public.upload (created_at);

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
  -- False once a later plan leaves the attempt out: the row stays, but counts in no progress and no statistics.
  planned boolean not null default true,
  request jsonb not null,
  raw_output jsonb not null default '[]',
  criteria text,
  -- An answer that was incomplete, kept while it is asked for once more.
  first_answer text,
  -- Of an attempt that asks in several requests, what each slice answered: {name: {content, error, whole}}. A slice that is
  -- `whole` is never asked for again.
  slices jsonb not null default '{}',
  error jsonb,
  -- Faults of the answer that belong to no configured question.
  validation_errors jsonb not null default '[]',
  finish_reason text,
  provider text,
  generation_id text,
  prompt_tokens int not null default 0,
  completion_tokens int not null default 0,
  reasoning_tokens int not null default 0,
  cached_tokens int not null default 0,
  -- The tokens of the prompt that the provider wrote into its cache.
  cache_write_tokens int not null default 0,
  cost_usd numeric not null default 0,
  http_requests int not null default 0,
  -- The sum over all requests of the row, like tokens and cost (docs/decisions).
  latency_ms int,
  parse_path text,
  created_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  -- The provider's own word for how the answer ended.
  native_finish_reason text,
  -- Pieces of the answer that could have held marks and were not read: [{why, piece}].
  passed_over jsonb not null default '[]',
  primary key (session_id, run, model_name, try_index, stage)
);

-- An import of marks that is stored batch by batch. Nothing of it is visible before `finished_at`.
create table public.mark_import (
  id uuid primary key,
  exam_id uuid not null references public.exam on delete cascade,
  created_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz
);
create index mark_import_of_exam on public.mark_import (exam_id);
alter table public.session add constraint session_import_id_fkey
  foreign key (import_id) references public.mark_import on delete cascade;

-- The scripts of an import that has not ended. `known`: the exam holds the script already.
create table public.mark_import_script (
  import_id uuid not null references public.mark_import on delete cascade,
  session_id uuid not null references public.session on delete cascade,
  name text not null,
  known boolean not null,
  human jsonb not null,
  human_2 jsonb not null,
  group_name text,
  primary key (import_id, session_id)
);
create index mark_import_script_of_session on public.mark_import_script (session_id);

-- Marks for attempts that the exam has already, on questions that these left unmarked. They are added at the end.
create table public.mark_import_result (
  import_id uuid not null references public.mark_import on delete cascade,
  session_id uuid not null references public.session on delete cascade,
  question_id text not null,
  model_name text not null,
  try_index int not null,
  marks_awarded numeric(10, 2),
  validation_errors jsonb not null,
  primary key (import_id, session_id, question_id, model_name, try_index)
);
create index mark_import_result_of_session on public.mark_import_result (session_id);

-- The marks of runs before the current one, as they were when the next run began.
create table public.earlier_result (
  session_id uuid not null references public.session on delete cascade,
  run int not null,
  question_id text not null,
  model_name text not null,
  try_index int not null,
  marks_awarded numeric(10, 2),
  rubric_notes text,
  validation_errors jsonb not null default '[]',
  primary key (session_id, run, question_id, model_name, try_index)
);

-- The final mark a human gave an answer after looking at it. The latest that was not withdrawn counts; all stay.
create table public.review (
  id uuid primary key default gen_random_uuid(),
  session_id uuid not null references public.session on delete cascade,
  question_id text not null,
  mark numeric(10, 2) not null check (mark >= 0),
  reviewer text,
  note text,
  reviewed_at timestamptz not null default clock_timestamp(),
  -- The user of the token that it came with, whatever name was typed.
  user_id text,
  -- Whether it was given before the marks of models were shown.
  blind boolean not null default false,
  withdrawn_at timestamptz,
  withdrawn_by text
);
create index review_by_answer on public.review (session_id, question_id, reviewed_at desc);

-- Which desk shows which answer now, so that no two people get the same one. A reservation is short; the desk renews it.
create table public.answer_lease (
  session_id uuid not null references public.session on delete cascade,
  question_id text not null,
  -- One open desk, and the person at it.
  holder text not null,
  reviewer text,
  expires_at timestamptz not null,
  primary key (session_id, question_id, holder)
);

-- What an owner's limits of a day (UTC) count: attempts as they are started, and the cost of what was deleted on that day.
create table public.owner_day (
  owner_id text not null,
  day date not null,
  attempts bigint not null default 0,
  deleted_usd numeric not null default 0,
  primary key (owner_id, day)
);

create table public.prompt_template (
  kind text not null check (kind in ('rubric', 'assessment')),
  name text not null check (name ~ '^[a-z0-9_]+$'),
  display_name text not null,
  system_template text not null,
  user_template text not null,
  schema_template text,
  updated_at timestamptz not null default clock_timestamp(),
  -- The empty text marks a common template, written with an API key. A user's own template replaces the common one of its name.
  owner_id text not null default '',
  primary key (kind, owner_id, name)
);

-- The rate limits of models, in calls a second, as the processes of one account learned them: a process begins with
-- what an earlier one knew. `account` is a hash of the key and the address that it is for.
create table public.model_rate (
  account text not null,
  model text not null,
  rate double precision not null check (rate > 0),
  updated_at timestamptz not null default clock_timestamp(),
  primary key (account, model)
);

-- The processes that take work from the queue. `id` is the `lease_owner` of all that one holds.
create table public.worker (
  id text primary key,
  host text not null,
  pid int not null,
  started_at timestamptz not null default clock_timestamp(),
  beaten_at timestamptz not null default clock_timestamp(),
  -- {model: its whole limit in calls a second, as this worker knows it, or null} of the models that it asks now, on which account.
  account text,
  models jsonb not null default '{}',
  -- Since when it has reached the database without a long gap. Only after a while it may declare other workers dead.
  steady_since timestamptz
);

-- At most some attempts of one session, the piece of work that a worker takes: a row exists until they have ended.
-- Without rows a session is worked on as a whole, by the holder of its own lease.
create table public.portion (
  id uuid primary key default gen_random_uuid(),
  session_id uuid not null references public.session on delete cascade,
  run int not null,
  number int not null,
  -- [[model_name, try_index], ...]
  attempts jsonb not null,
  n_attempts int not null,
  -- Whether several workers may share its attempts.
  divisible boolean not null default true,
  -- Copies of the session's, in the order in which portions are handed out: '' is the operator.
  owner_id text not null,
  seed boolean not null,
  started_at timestamptz not null,
  lease_owner text,
  lease_expires_at timestamptz,
  claimed_at timestamptz,
  unique (session_id, number)
);
create index portion_waiting on public.portion (owner_id, seed desc, started_at, number) where lease_owner is null;
create index portion_held on public.portion (lease_owner) where lease_owner is not null;
create index portion_held_of_owner on public.portion (owner_id) where lease_owner is not null;

-- Computations of large exams that a server left to the workers. `question` and `answer` are packed as
-- app/reporting/packed.py describes; `key` names the question, so that all servers that ask it share one row. The row is
-- deleted soon after the last of them asked: `wanted_until` moves on with each look of a server.
create table public.computation (
  id uuid primary key default gen_random_uuid(),
  key text not null unique,
  -- Of the program: workers of another version cannot read the question.
  version text not null,
  owner_id text not null,
  -- Of the request that asked for the work.
  correlation_id text,
  question text,
  answer text,
  failed boolean not null default false,
  n_claims int not null default 0,
  created_at timestamptz not null default clock_timestamp(),
  claimed_at timestamptz,
  finished_at timestamptz,
  wanted_until timestamptz not null,
  lease_owner text,
  lease_expires_at timestamptz
);
