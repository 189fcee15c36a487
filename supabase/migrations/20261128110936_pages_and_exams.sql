-- Made by `make migration` from the difference between supabase/schemas and the migrations before this one.
set check_function_bodies = off;

alter table public.image add column source_path text;

create INDEX image_of_source ON public.image USING btree (source_path) WHERE (source_path IS NOT NULL);

-- {session_id, owner_id, image_id} -> {deleted, files}: whether it was there, and the files that no image names any more. The
-- images behind it move up.
create or replace function public.delete_image(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  s public.session := public.idle_session(args);
  gone public.image;
begin
  delete from public.image i where i.session_id = s.id and i.id::text = args ->> 'image_id' returning * into gone;
  if gone.id is null then
    return '{"deleted": false, "files": []}';
  end if;
  perform public.put_in_order(s.id, gone.role, (
    select array_agg(i.id::text order by i.order_index) from public.image i
    where i.session_id = s.id and i.role = gone.role
  ), (
    select least(min(i.order_index), gone.order_index) from public.image i where i.session_id = s.id and i.role = gone.role
  ));
  perform public.pages_changed(s);
  return jsonb_build_object('deleted', true, 'files', public.unnamed_files(array[gone.storage_path, gone.source_path]));
end $$;

-- {exam_id, owner_id, name, questions} -> {}. Renames an exam, or changes what it asks, here and in all its sessions: a question
-- that is new or asked differently takes its marks out until it is graded again, the others keep theirs. What is null stays.
-- SM409 while one of its scripts is being graded; SM422 for a human mark above a lowered maximum.
create or replace function public.edit_exam(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  e public.exam := public.owned_exam(args, lock => true);
  asked jsonb := nullif(args -> 'questions', 'null');
  member record;
begin
  update public.exam set name = coalesce(args ->> 'name', name) where id = e.id;
  if asked is null then
    return '{}';
  end if;
  if exists (select from public.session s where s.exam_id = e.id and s.status = 'grading') then
    raise exception 'A script of the exam is being graded; wait until it is done or cancel it.'
      using errcode = 'SM409', detail = 'SESSION_BUSY';
  end if;
  delete from public.exam_question q where q.exam_id = e.id;
  perform public.set_exam_questions(e.id, asked);
  update public.exam set questions_given = true where id = e.id;
  for member in
    select s.id, public.marks_of_asked(st.human_marks_by_qid, asked) as human,
      public.marks_of_asked(st.human_marks_2_by_qid, asked) as human_2
    from public.session s left join public.stats st on st.session_id = s.id
    where s.exam_id = e.id order by s.created_at, s.id
  loop
    perform public.check_human_marks(asked, 'human_marks_by_qid', member.human);
    perform public.check_human_marks(asked, 'human_marks_2_by_qid', member.human_2);
    perform public.configure_questions(jsonb_build_object('session_id', member.id, 'questions', asked,
      'human_marks_by_qid', member.human, 'human_marks_2_by_qid', member.human_2));
  end loop;
  return '{}';
end $$;

-- Those of {question_id: mark} whose question is among the asked ones.
create or replace function public.marks_of_asked(marks jsonb, asked jsonb) returns jsonb
language sql immutable set search_path = '' as $$
  select coalesce(jsonb_object_agg(m.key, m.value), '{}')
  from jsonb_each(coalesce(marks, '{}')) m
  where exists (select from jsonb_array_elements(asked) q where q ->> 'question_id' = m.key);
$$;

-- {session_id, owner_id, role, image_ids} -> {}. Puts a role's images into the given order; SM422 unless the list names each
-- of them once. The same order again changes nothing.
create or replace function public.order_images(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  s public.session := public.idle_session(args);
  given text[] := array(select jsonb_array_elements_text(args -> 'image_ids'));
  there text[];
  first_index int;
begin
  select array_agg(i.id::text order by i.order_index), min(i.order_index) into there, first_index
  from public.image i where i.session_id = s.id and i.role = args ->> 'role';
  if (select array_agg(g order by g) from unnest(given) g) is distinct from (select array_agg(t order by t) from unnest(there) t)
  then
    raise exception 'The list must name each of the % images of this role once.', coalesce(array_length(there, 1), 0)
      using errcode = 'SM422', detail = 'VALIDATION_ERROR', hint = jsonb_build_object('errors', jsonb_build_array(
        jsonb_build_object('field', 'image_ids', 'message', 'must name each image of the role once')))::text;
  end if;
  if given is distinct from there then
    perform public.put_in_order(s.id, args ->> 'role', given, first_index);
    perform public.pages_changed(s);
  end if;
  return '{}';
end $$;

-- Says that the pages of a session are other ones than before: its marks are unmarked until it is graded again, the calls
-- keep the evidence. Imported marks stay: they cannot be obtained again.
create or replace function public.pages_changed(s public.session) returns void
language plpgsql set search_path = '' as $$
begin
  if not coalesce(s.plan ? 'imported', false) then
    update public.result r set marks_awarded = null, validation_errors = jsonb_build_array(jsonb_build_object(
      'reason', 'pages_changed', 'question_id', r.question_id,
      'message', 'The pages were changed after this was marked; grade the session again.'))
    where r.session_id = s.id;
  end if;
  update public.session set inputs_version = inputs_version + 1, updated_at = clock_timestamp() where id = s.id;
end $$;

-- Numbers a role's images from first_index on as `ids` lists them. In two steps: no two may have one place in between.
create or replace function public.put_in_order(of_session uuid, of_role text, ids text[], first_index int) returns void
language plpgsql set search_path = '' as $$
begin
  update public.image i set order_index = i.order_index + 1000000000
  where i.session_id = of_session and i.role = of_role;
  update public.image i set order_index = first_index + l.position - 1
  from unnest(ids) with ordinality as l (id, position)
  where i.session_id = of_session and i.role = of_role and i.id::text = l.id;
end $$;

-- {session_id, owner_id, role, url, order_index, storage_path, source_path} -> {}. The session's row lock keeps the order whole.
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
  insert into public.image (session_id, role, url, storage_path, source_path, order_index)
  values (s.id, args ->> 'role', args ->> 'url', args ->> 'storage_path', args ->> 'source_path', got);
  perform public.pages_changed(s);
  return '{}';
end $$;

-- {session_id, owner_id, role, order_index, source_path, pages: [{url, storage_path}]} -> {}. The pages of one upload, in order
-- from order_index on, all or none.
create or replace function public.register_pages(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  page record;
begin
  for page in select value, position from jsonb_array_elements(args -> 'pages') with ordinality as p (value, position) loop
    perform public.register_image((args - 'pages') || page.value
      || jsonb_build_object('order_index', (args ->> 'order_index')::int + page.position - 1));
  end loop;
  return '{}';
end $$;

-- {session_id, owner_id, image_id, url, storage_path, source_path} -> {files}: another page at the same place; the files that no
-- image names any more. SM404 where there is no such image.
create or replace function public.replace_image(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  s public.session := public.idle_session(args);
  old public.image;
begin
  select * into old from public.image i where i.session_id = s.id and i.id::text = args ->> 'image_id';
  if old.id is null then
    raise exception 'There is no such image.' using errcode = 'SM404', detail = 'NOT_FOUND';
  end if;
  if old.url = args ->> 'url' then
    return '{"files": []}';
  end if;
  if exists (select from public.image i where i.session_id = s.id and i.url = args ->> 'url') then
    raise exception 'This image is already registered.' using errcode = 'SM409', detail = 'CONFLICT';
  end if;
  update public.image i set url = args ->> 'url', storage_path = args ->> 'storage_path', source_path = args ->> 'source_path'
  where i.id = old.id;
  perform public.pages_changed(s);
  return jsonb_build_object('files', public.unnamed_files(array[old.storage_path, old.source_path]));
end $$;

-- {session_id, owner_id} -> [storage_path, ...]: the session's files in our storage, pages and what they were made of, without
-- those that another session has registered too. Nothing there: none.
create or replace function public.session_files(args jsonb) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(distinct f.file), '[]')
  from public.image i join public.session s on s.id = i.session_id
  cross join lateral (values (i.storage_path), (i.source_path)) as f (file)
  where s.id = (args ->> 'session_id')::uuid
    and (args ->> 'owner_id' is null or s.owner_id = args ->> 'owner_id')
    and f.file is not null
    -- `offset 0` asks the index for each file: without it the planner may read all images of all sessions instead.
    and not exists (
      select from public.image other where other.storage_path = f.file and other.session_id <> i.session_id offset 0
    )
    and not exists (
      select from public.image other where other.source_path = f.file and other.session_id <> i.session_id offset 0
    );
$$;

-- {session_id, owner_id} -> [{image_id, role, url, order_index, storage_path, source_path}], students' pages first, each role
-- in order.
create or replace function public.session_images(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  s public.session := public.seen_session(args);
begin
  return (
    select coalesce(jsonb_agg(
      jsonb_build_object('image_id', i.id, 'role', i.role, 'url', i.url, 'order_index', i.order_index,
        'storage_path', i.storage_path, 'source_path', i.source_path)
      order by array_position(array['student', 'answer_key', 'grading_rubric'], i.role), i.order_index
    ), '[]')
    from public.image i where i.session_id = s.id
  );
end $$;

-- {exam_id, owner_id, scripts: [{session_id, human, human_2}]} -> {scripts}. Human marks by question id for scripts of an exam;
-- an answer that is not named keeps its mark. All or none.
create or replace function public.set_human_marks(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  e public.exam := public.owned_exam(args, lock => true);
  n int;
begin
  insert into public.stats as st (session_id, human_marks_by_qid, human_marks_2_by_qid)
  select s.id, script.value -> 'human', script.value -> 'human_2'
  from jsonb_array_elements(args -> 'scripts') script
  join public.session s on s.id = (script.value ->> 'session_id')::uuid and s.exam_id = e.id
  on conflict (session_id) do update set
    human_marks_by_qid = st.human_marks_by_qid || excluded.human_marks_by_qid,
    human_marks_2_by_qid = st.human_marks_2_by_qid || excluded.human_marks_2_by_qid, updated_at = clock_timestamp();
  get diagnostics n = row_count;
  if n <> jsonb_array_length(args -> 'scripts') then
    raise exception 'A script of the file is no longer in the exam.' using errcode = 'SM409', detail = 'CONFLICT';
  end if;
  return jsonb_build_object('scripts', n);
end $$;

-- Those of the files that no image names, as a page or as what it was made of.
create or replace function public.unnamed_files(files text[]) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(distinct file), '[]') from unnest(files) as f (file)
  where file is not null and not exists (
    select from public.image i where i.storage_path = file or i.source_path = file
  );
$$;

revoke all on function public.delete_image(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.delete_image(jsonb) to service_role;

revoke all on function public.edit_exam(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.edit_exam(jsonb) to service_role;

revoke all on function public.marks_of_asked(jsonb,jsonb) from public, anon, authenticated, service_role;
grant execute on function public.marks_of_asked(jsonb,jsonb) to service_role;

revoke all on function public.order_images(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.order_images(jsonb) to service_role;

revoke all on function public.pages_changed(public.session) from public, anon, authenticated, service_role;
grant execute on function public.pages_changed(public.session) to service_role;

revoke all on function public.put_in_order(uuid,text,text[],integer) from public, anon, authenticated, service_role;
grant execute on function public.put_in_order(uuid,text,text[],integer) to service_role;

revoke all on function public.register_pages(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.register_pages(jsonb) to service_role;

revoke all on function public.replace_image(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.replace_image(jsonb) to service_role;

revoke all on function public.set_human_marks(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.set_human_marks(jsonb) to service_role;

revoke all on function public.unnamed_files(text[]) from public, anon, authenticated, service_role;
grant execute on function public.unnamed_files(text[]) to service_role;

-- The private bucket for scans, where there is a Supabase Storage to hold it.
do $$
begin
  if to_regclass('storage.buckets') is not null then
    insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
    values ('grading-images', 'grading-images', false, 209715200,
      array['image/png', 'image/jpeg', 'image/webp', 'image/gif', 'application/pdf', 'image/heic', 'image/tiff', 'image/jp2',
        'image/bmp'])
    -- A bucket that an earlier release made takes the other kinds too; limits that somebody else set stay.
    on conflict (id) do update
      set file_size_limit = excluded.file_size_limit, allowed_mime_types = excluded.allowed_mime_types
      where storage.buckets.file_size_limit = 20971520
        and storage.buckets.allowed_mime_types = array['image/png', 'image/jpeg', 'image/webp', 'image/gif'];
  end if;
end $$;

-- Images of our own were registered under the address of the server that took them.
update public.image i set url = '/images/object/' || i.storage_path
where i.storage_path is not null and i.url like '%/images/object/' || i.storage_path
  and not exists (
    select from public.image other
    where other.session_id = i.session_id and other.storage_path = i.storage_path and other.id <> i.id
  );

comment on function public.ping(jsonb) is 'migration 20261128110936';
