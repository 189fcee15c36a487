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
