-- {path, owner_id, quota} -> {}. Stores the owner of a new upload; SM413 where the owner's files have reached `quota` bytes.
create or replace function public.begin_upload(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  perform public.check_quota(args ->> 'owner_id', 1, (args ->> 'quota')::bigint);
  insert into public.upload (stem, owner_id, files)
  values (public.upload_stem(args ->> 'path'), args ->> 'owner_id', array[args ->> 'path'])
  on conflict (stem) do nothing;
  return '{}';
end $$;
