-- {kind, owner_id, session_id | exam_id} -> [{name, display_name, system_template, user_template, schema_template}] by name: the
-- owner's and the common ones, of one name the owner's. Without owner_id the session's or exam's owner, if one is named.
create or replace function public.prompt_templates(args jsonb) returns jsonb
language sql stable set search_path = '' as $$
  with whose as (
    select coalesce(
      args ->> 'owner_id',
      (select s.owner_id from public.session s where s.id = (args ->> 'session_id')::uuid),
      (select e.owner_id from public.exam e where e.id = (args ->> 'exam_id')::uuid),
      '') as owner
  ), seen as (
    select distinct on (t.name) t.*
    from public.prompt_template t join whose on t.owner_id in ('', whose.owner)
    where t.kind = args ->> 'kind'
    order by t.name, t.owner_id desc
  )
  select coalesce(jsonb_agg(jsonb_build_object(
    'name', t.name, 'display_name', t.display_name, 'system_template', t.system_template,
    'user_template', t.user_template, 'schema_template', t.schema_template) order by t.name), '[]')
  from seen t;
$$;
