-- Access rights: the service role may use these functions and tables; nobody else has any right. The loop
-- takes every table and function, so it runs only on a database made from these files. `make migration` reads the rights from
-- there and writes them into the migration by name: a project may keep tables of its own beside ours.
do $$
declare
  name text;
begin
  for name in select oid::regclass from pg_catalog.pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') order by 1
  loop
    execute format('alter table %s enable row level security', name);
    execute format('revoke all on %s from public, anon, authenticated', name);
    execute format('grant select, insert, update, delete on %s to service_role', name);
  end loop;
  for name in select oid::regprocedure from pg_catalog.pg_proc where pronamespace = 'public'::regnamespace order by 1
  loop
    execute format('revoke all on function %s from public, anon, authenticated', name);
    execute format('grant execute on function %s to service_role', name);
  end loop;
end $$;
