-- {path, bytes, files, quota} -> {}. Notes that an upload has arrived; its address cannot be used again. `files` are
-- all files that were made of it, `bytes` is their total size. SM413 where its owner would have more than `quota`
-- bytes.
create or replace function public.keep_upload(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  u public.upload;
begin
  select * into u from public.upload o where o.stem = public.upload_stem(args ->> 'path') for update;
  if u.stem is null then
    return '{}';
  end if;
  perform public.check_quota(u.owner_id, (args ->> 'bytes')::bigint - u.bytes, (args ->> 'quota')::bigint);
  update public.upload o set
    spent_at = coalesce(o.spent_at, clock_timestamp()), bytes = greatest(o.bytes, (args ->> 'bytes')::bigint),
    files = array(select distinct unnest(o.files || array(select jsonb_array_elements_text(args -> 'files'))))
  where o.stem = u.stem;
  return '{}';
end $$;
