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
      -- Asks the index for each file: without this the planner may read all images of all sessions instead.
      offset 0
    );
$$;
