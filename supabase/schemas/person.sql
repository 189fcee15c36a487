-- Who a typed name is: "Ada", "ada" and " Ada " are one person. The empty text where nobody is named.
create or replace function public.person(name text) returns text
language sql immutable set search_path = '' as $$
  select coalesce(lower(regexp_replace(btrim(normalize(name)), '\s+', ' ', 'g')), '')
$$;
