-- Made by `make migration` from the difference between supabase/schemas and the migrations before this one.
set check_function_bodies = off;

create INDEX session_seeds ON public.session USING btree (exam_id) WHERE seed;

-- {session_id, owner_id} -> all that a start is planned on. `seeds`: of the session's exam, {session_ids, limit}; null where
-- there are none, and for a seed itself.
create or replace function public.grading_inputs(args jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  s public.session := public.seen_session(args);
begin
  return jsonb_build_object(
    'marked_by', s.marked_by, 'plan', s.plan, 'default_tries', s.default_tries, 'inputs_version', s.inputs_version,
    'questions', public.questions_of(s.id), 'images', public.images_of(s.id), 'templates', public.templates_of(s),
    'seeds', case when not s.seed then (
      select jsonb_build_object('session_ids', jsonb_agg(seed.id order by seed.created_at, seed.id), 'limit', e.seed_limit)
      from public.exam e join public.session seed on seed.exam_id = e.id and seed.seed
      where e.id = s.exam_id group by e.id, e.seed_limit) end
  );
end $$;

-- The private bucket for scans, if the project has a Supabase Storage.
do $$
begin
  if to_regclass('storage.buckets') is not null then
    insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
    values ('grading-images', 'grading-images', false, 209715200,
      array['image/png', 'image/jpeg', 'image/webp', 'image/gif', 'application/pdf', 'image/heic', 'image/tiff', 'image/jp2',
        'image/bmp'])
    -- A bucket that an earlier release made takes the other kinds too; limits that somebody else set stay.
    on conflict (id) do update
      set file_size_limit = excluded.file_size_limit, allowed_mime_types = excluded.allowed_mime_types
      where storage.buckets.file_size_limit = 20971520
        and storage.buckets.allowed_mime_types = array['image/png', 'image/jpeg', 'image/webp', 'image/gif'];
  end if;
end $$;

comment on function public.ping(jsonb) is 'migration 20261128133818';
