-- Made by `make migration` from the difference between supabase/schemas and the migrations before this one.
set check_function_bodies = off;

-- Every upload that was signed: whose it is, what was made of it. Forgotten a day later, unless a session has it.
create table public.upload (
  -- What its key and the keys of its pages have in common (upload_stem).
  stem text primary key,
  owner_id text,
  files text[] not null,
  bytes bigint not null default 0,
  created_at timestamptz not null default clock_timestamp(),
  -- When its file arrived. Its address takes no second one, also after the first was deleted.
  spent_at timestamptz
);

create INDEX image_by_stem ON public.image USING btree ("left"(storage_path, 40)) WHERE (storage_path IS NOT NULL);

create INDEX image_by_stem_of_source ON public.image USING btree ("left"(source_path, 40)) WHERE (source_path IS NOT NULL);

create INDEX upload_by_age ON public.upload USING btree (created_at);

create INDEX upload_of_owner ON public.upload USING btree (owner_id) WHERE (owner_id IS NOT NULL);

-- {path, owner_id, quota} -> {}. Notes whose a new upload is; SM413 where the owner's files have reached `quota` bytes.
create or replace function public.begin_upload(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  perform public.check_quota(args ->> 'owner_id', 1, (args ->> 'quota')::bigint);
  insert into public.upload (stem, owner_id, files)
  values (public.upload_stem(args ->> 'path'), args ->> 'owner_id', array[args ->> 'path'])
  on conflict (stem) do nothing;
  return '{}';
end $$;

-- SM413 where an owner's files and `more` bytes have more than `quota`. No owner: the operator, who has none; null: no quota.
create or replace function public.check_quota(owner text, more bigint, quota bigint) returns void
language plpgsql stable set search_path = '' as $$
declare
  used bigint;
begin
  if owner is null or quota is null or more <= 0 then
    return;
  end if;
  select coalesce(sum(u.bytes), 0) into used from public.upload u where u.owner_id = owner;
  if used + more > quota then
    raise exception 'Your scans have % of the % bytes that one user may store (OWNER_STORAGE_BYTES). Delete sessions; '
      'their scans stop counting within a day.', used, quota
      using errcode = 'SM413', detail = 'PAYLOAD_TOO_LARGE', hint = jsonb_build_object('limit', quota, 'used', used);
  end if;
end $$;

-- {hours} -> [path, ...]: the files of uploads that are older and in no session. They are forgotten: delete them now.
create or replace function public.forget_uploads(args jsonb) returns jsonb
language sql set search_path = '' as $$
  with forgotten as (
    delete from public.upload u
    where u.stem in (
      select o.stem from public.upload o
      where o.created_at < clock_timestamp() - make_interval(hours => (args ->> 'hours')::int)
        and not exists (select from public.image i where left(i.storage_path, 40) = o.stem offset 0)
        and not exists (select from public.image i where left(i.source_path, 40) = o.stem offset 0)
      limit 1000)
    returning u.files
  )
  select coalesce(jsonb_agg(f.file), '[]') from forgotten cross join lateral unnest(forgotten.files) as f (file);
$$;

-- {path, bytes, files, quota} -> {}. An upload has arrived: its address is spent for good. `files` are all that were made of it,
-- `bytes` the size of all. SM413 where its owner would have more than `quota` bytes.
create or replace function public.keep_upload(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  u public.upload;
begin
  select * into u from public.upload o where o.stem = public.upload_stem(args ->> 'path') for update;
  if u.stem is null then
    return '{}';
  end if;
  perform public.check_quota(u.owner_id, (args ->> 'bytes')::bigint - u.bytes, (args ->> 'quota')::bigint);
  update public.upload o set
    spent_at = coalesce(o.spent_at, clock_timestamp()), bytes = greatest(o.bytes, (args ->> 'bytes')::bigint),
    files = array(select distinct unnest(o.files || array(select jsonb_array_elements_text(args -> 'files'))))
  where o.stem = u.stem;
  return '{}';
end $$;

-- {path, owner_id} -> {spent}: whether the file of an upload has arrived once. SM404 where it is not the owner's: neither uploaded
-- by them nor a page of a session of theirs. No owner_id means any owner, and an upload that nobody noted is not spent.
create or replace function public.owned_upload(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  stem_of text := public.upload_stem(args ->> 'path');
  u public.upload;
begin
  select * into u from public.upload o where o.stem = stem_of;
  if args ->> 'owner_id' is not null and u.owner_id is distinct from args ->> 'owner_id' and not exists (
    select from public.image i join public.session s on s.id = i.session_id
    where (left(i.storage_path, 40) = stem_of or left(i.source_path, 40) = stem_of)
      and s.owner_id = args ->> 'owner_id'
  ) then
    raise exception 'There is no such image.' using errcode = 'SM404', detail = 'NOT_FOUND';
  end if;
  return jsonb_build_object('spent', u.spent_at is not null);
end $$;

-- What the key of an upload and the keys of the pages made of it have in common: the month and 32 digits.
create or replace function public.upload_stem(path text) returns text
language sql immutable set search_path = '' as $$
  select left(path, 40);
$$;

alter table public.upload enable row level security;

revoke all on table public.upload from public, anon, authenticated, service_role;
grant delete, insert, select, update on table public.upload to service_role;

revoke all on function public.begin_upload(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.begin_upload(jsonb) to service_role;

revoke all on function public.check_quota(text,bigint,bigint) from public, anon, authenticated, service_role;
grant execute on function public.check_quota(text,bigint,bigint) to service_role;

revoke all on function public.forget_uploads(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.forget_uploads(jsonb) to service_role;

revoke all on function public.keep_upload(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.keep_upload(jsonb) to service_role;

revoke all on function public.owned_upload(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.owned_upload(jsonb) to service_role;

revoke all on function public.upload_stem(text) from public, anon, authenticated, service_role;
grant execute on function public.upload_stem(text) to service_role;

comment on function public.ping(jsonb) is 'migration 20261128135917';
