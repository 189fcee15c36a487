-- {} -> {ok}: shows that the database answers and has our functions.
create or replace function public.ping(args jsonb) returns jsonb
language sql stable set search_path = '' as $$ select '{"ok": true}'::jsonb $$;
