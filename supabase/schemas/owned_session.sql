-- The session named by {session_id, owner_id}; no owner_id means any owner. SM404 when there is none.
-- With `lock`, its row is locked until the transaction ends: writers of one session take turns.
create or replace function public.owned_session(args jsonb, lock boolean default false) returns public.session
language plpgsql set search_path = '' as $$
declare
  found_session public.session;
begin
  if lock then
    select * into found_session from public.session s where s.id = (args ->> 'session_id')::uuid for no key update;
  else
    select * into found_session from public.session s where s.id = (args ->> 'session_id')::uuid;
  end if;
  if found_session.id is null or found_session.owner_id <> args ->> 'owner_id'
    or (args ->> 'owner_id' is not null and found_session.owner_id is null)
  then
    raise exception 'There is no such session.' using errcode = 'SM404', detail = 'NOT_FOUND';
  end if;
  return found_session;
end $$;
