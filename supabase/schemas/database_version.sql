-- {} -> {migration}: the newest migration that the database has had. Each migration leaves it as a comment on `ping`,
-- because only the owner may read the record of migrations.
create or replace function public.database_version(args jsonb) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object('migration', substring(
    pg_catalog.obj_description('public.ping(jsonb)'::pg_catalog.regprocedure, 'pg_proc') from 'migration (\d{14})'));
$$;
