-- {session_id, owner_id, name} -> {}
create or replace function public.rename_session(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  renamed public.session := public.owned_session(args);
begin
  update public.session set name = args ->> 'name', updated_at = clock_timestamp() where id = renamed.id;
  return '{}';
end $$;
