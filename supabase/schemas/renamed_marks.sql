-- {question_id: mark} under the new ids; names are {former id: new id}.
create or replace function public.renamed_marks(marks jsonb, names jsonb) returns jsonb
language sql immutable set search_path = '' as $$
  select coalesce(jsonb_object_agg(coalesce(names ->> m.key, m.key), m.value), '{}') from jsonb_each(coalesce(marks, '{}')) m;
$$;
