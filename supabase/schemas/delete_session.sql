-- {session_id, owner_id} -> {deleted}: whether it was there. Its files are deleted before, by their session_files: once the
-- rows are gone nobody knows them.
create or replace function public.delete_session(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  delete from public.session s
  where s.id = (args ->> 'session_id')::uuid
    and (args ->> 'owner_id' is null or s.owner_id = args ->> 'owner_id');
  return jsonb_build_object('deleted', found);
end $$;
