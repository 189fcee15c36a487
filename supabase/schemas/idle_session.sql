-- The locked session, or SM409 while it is being graded.
create or replace function public.idle_session(args jsonb) returns public.session
language plpgsql set search_path = '' as $$
declare
  found_session public.session := public.owned_session(args);
begin
  if found_session.status = 'grading' then
    raise exception 'The session is being graded; wait until it is done or cancel it.'
      using errcode = 'SM409', detail = 'SESSION_BUSY';
  end if;
  return found_session;
end $$;
