-- What the key of an upload and the keys of the pages made of it have in common: the month and 32 digits.
create or replace function public.upload_stem(path text) returns text
language sql immutable set search_path = '' as $$
  select left(path, 40);
$$;
