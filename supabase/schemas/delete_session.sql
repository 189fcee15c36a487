-- {session_id, owner_id} -> {storage_paths: [...]}: what the caller removes from the storage. Nothing there: no paths.
create or replace function public.delete_session(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  paths jsonb;
begin
  select coalesce(jsonb_agg(i.storage_path) filter (where i.storage_path is not null), '[]') into paths
  from public.image i join public.session s on s.id = i.session_id
  where s.id = (args ->> 'session_id')::uuid
    and (args ->> 'owner_id' is null or s.owner_id = args ->> 'owner_id')
    -- A file that another session registered too stays.
    and not exists (
      select from public.image other where other.storage_path = i.storage_path and other.session_id <> i.session_id
    );
  delete from public.session s
  where s.id = (args ->> 'session_id')::uuid
    and (args ->> 'owner_id' is null or s.owner_id = args ->> 'owner_id');
  return jsonb_build_object('storage_paths', paths);
end $$;
