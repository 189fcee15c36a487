-- Made by `make migration` from the difference between supabase/schemas and the migrations before this one.
set check_function_bodies = off;

alter table public.prompt_template drop constraint prompt_template_pkey;

alter table public.prompt_template add column owner_id text default ''::text not null;

alter table public.prompt_template add constraint prompt_template_pkey PRIMARY KEY (kind, owner_id, name);

-- {session_id, name, owner_id, exam_id, group, selected_rubric_template, selected_assessment_template} -> {session_id, status}
-- A session of an exam begins with the exam's questions and belongs to the exam's owner, whoever adds it. SM422 naming the
-- field for a template that is not there (`default` always is), SM404 for an exam.
create or replace function public.create_session(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  missing text;
  owner text := args ->> 'owner_id';
begin
  if args ->> 'exam_id' is not null then
    owner := (public.owned_exam(args)).owner_id;
  end if;
  select 'selected_' || wanted.kind || '_template' into missing
  from (values ('rubric'), ('assessment')) as wanted (kind)
  where coalesce(args ->> ('selected_' || wanted.kind || '_template'), 'default') <> 'default' and not exists (
    select from public.template_of(wanted.kind, args ->> ('selected_' || wanted.kind || '_template'), owner)
  )
  limit 1;
  if missing is not null then
    raise exception '%: there is no template %.', missing, args ->> missing using
      errcode = 'SM422', detail = 'VALIDATION_ERROR',
      hint = jsonb_build_object('errors', jsonb_build_array(jsonb_build_object(
        'field', missing, 'message', 'There is no such template.')))::text;
  end if;
  insert into public.session as s (id, name, owner_id, exam_id, group_name, selected_rubric_template, selected_assessment_template)
  values (
    (args ->> 'session_id')::uuid, args ->> 'name', owner, (args ->> 'exam_id')::uuid, args ->> 'group',
    coalesce(args ->> 'selected_rubric_template', 'default'),
    coalesce(args ->> 'selected_assessment_template', 'default')
  )
  -- The same id again is the same request sent twice.
  on conflict (id) do nothing;
  insert into public.question (session_id, question_id, number, max_marks, tolerance, text, answer)
  select (args ->> 'session_id')::uuid, e.question_id, e.number, e.max_marks, e.tolerance, e.text, e.answer
  from public.exam_question e where e.exam_id = (args ->> 'exam_id')::uuid
  on conflict (session_id, question_id) do nothing;
  return jsonb_build_object('session_id', args -> 'session_id', 'status', 'created');
end $$;

-- {kind, name, owner_id} -> {}. The owner's template; no owner_id: the common one. SM404 when there is none.
create or replace function public.delete_prompt_template(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  delete from public.prompt_template t
  where t.kind = args ->> 'kind' and t.name = args ->> 'name' and t.owner_id = coalesce(args ->> 'owner_id', '');
  if not found then
    raise exception 'You have no such template.' using errcode = 'SM404', detail = 'NOT_FOUND';
  end if;
  return '{}';
end $$;

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

-- {kind, name, owner_id, display_name, system_template, user_template, schema_template} -> {}. No owner_id: the common one.
create or replace function public.put_prompt_template(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  insert into public.prompt_template (kind, owner_id, name, display_name, system_template, user_template, schema_template)
  values (args ->> 'kind', coalesce(args ->> 'owner_id', ''), args ->> 'name', args ->> 'display_name',
    args ->> 'system_template', args ->> 'user_template', args ->> 'schema_template')
  on conflict (kind, owner_id, name) do update set
    display_name = excluded.display_name, system_template = excluded.system_template,
    user_template = excluded.user_template, schema_template = excluded.schema_template, updated_at = clock_timestamp();
  return '{}';
end $$;

-- The template that an owner means by a name: their own before the common one. Owner null: the common one. No row: neither.
create or replace function public.template_of(of_kind text, of_name text, owner text) returns setof public.prompt_template
language sql stable set search_path = '' as $$
  select t.* from public.prompt_template t
  where t.kind = of_kind and t.name = of_name and t.owner_id in ('', coalesce(owner, ''))
  order by t.owner_id desc
  limit 1;
$$;

-- The stored templates that a session selected, by kind, as its owner has them; null for a kind whose template is gone. `default`
-- may be absent: the app has built-in ones.
create or replace function public.templates_of(s public.session) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_object_agg(wanted.kind, case when t.name is not null then jsonb_build_object(
    'system_template', t.system_template, 'user_template', t.user_template, 'schema_template', t.schema_template) end
  ) filter (where t.name is not null or wanted.name <> 'default'), '{}')
  from (values ('rubric', s.selected_rubric_template), ('assessment', s.selected_assessment_template))
    as wanted (kind, name)
  left join lateral public.template_of(wanted.kind, wanted.name, s.owner_id) t on true;
$$;

revoke all on function public.template_of(text,text,text) from public, anon, authenticated, service_role;
grant execute on function public.template_of(text,text,text) to service_role;

comment on function public.ping(jsonb) is 'migration 20261128135023';
