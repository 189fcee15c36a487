-- The given files that no image names, neither as its page nor as the upload that the page was made of.
create or replace function public.unnamed_files(files text[]) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(distinct file), '[]') from unnest(files) as f (file)
  where file is not null and not exists (
    select from public.image i where i.storage_path = file or i.source_path = file
  );
$$;
