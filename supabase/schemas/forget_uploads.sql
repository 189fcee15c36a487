-- {hours} -> [path, ...]: the files of uploads that are older and in no session. They are forgotten: delete them now.
create or replace function public.forget_uploads(args jsonb) returns jsonb
language sql set search_path = '' as $$
  with forgotten as (
    delete from public.upload u
    where u.stem in (
      select o.stem from public.upload o
      where o.created_at < clock_timestamp() - make_interval(hours => (args ->> 'hours')::int)
        and not exists (select from public.image i where left(i.storage_path, 40) = o.stem offset 0)
        and not exists (select from public.image i where left(i.source_path, 40) = o.stem offset 0)
      limit 1000)
    returning u.files
  )
  select coalesce(jsonb_agg(f.file), '[]') from forgotten cross join lateral unnest(forgotten.files) as f (file);
$$;
