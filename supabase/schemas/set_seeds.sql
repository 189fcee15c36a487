-- {exam_id, owner_id, session_ids, limit} -> {n_seeds}: the seeds of an exam are these sessions and no others. SM404 for an
-- exam or a session that is not there.
create or replace function public.set_seeds(args jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  e public.exam := public.owned_exam(args);
  wanted uuid[] := array(select value::uuid from jsonb_array_elements_text(args -> 'session_ids'));
  stranger uuid;
begin
  select w into stranger from unnest(wanted) as w
  where not exists (select from public.session s where s.id = w and s.exam_id = e.id) limit 1;
  if stranger is not null then
    raise exception 'The exam has no session %.', stranger using errcode = 'SM404', detail = 'NOT_FOUND';
  end if;
  update public.exam set seed_limit = (args ->> 'limit')::int where id = e.id;
  update public.session s set seed = s.id = any (wanted), updated_at = clock_timestamp()
  where s.exam_id = e.id and s.seed <> (s.id = any (wanted));
  return jsonb_build_object('n_seeds', coalesce(array_length(wanted, 1), 0));
end $$;
