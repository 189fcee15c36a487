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
