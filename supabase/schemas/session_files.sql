-- {session_id, owner_id} -> [storage_path, ...]: the session's files in our storage, pages and what they were made of, without
-- those that another session has registered too. An unknown session has none.
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
