-- The template that an owner means by a name: their own before the common one. If the owner is null, only the common one. No row if there is neither.
create or replace function public.template_of(of_kind text, of_name text, owner text) returns setof public.prompt_template
language sql stable set search_path = '' as $$
  select t.* from public.prompt_template t
  where t.kind = of_kind and t.name = of_name and t.owner_id in ('', coalesce(owner, ''))
  order by t.owner_id desc
  limit 1;
$$;
