-- Call it when the pages of a session changed: its questions count as unmarked until it is graded again. The calls
-- keep the replies. Imported marks stay: they cannot be obtained again.
create or replace function public.pages_changed(s public.session) returns void
language plpgsql set search_path = '' as $$
begin
  if not coalesce(s.plan ? 'imported', false) then
    update public.result r set marks_awarded = null, validation_errors = jsonb_build_array(jsonb_build_object(
      'reason', 'pages_changed', 'question_id', r.question_id,
      'message', 'The pages were changed after this was marked; grade the session again.'))
    where r.session_id = s.id;
  end if;
  update public.session set inputs_version = inputs_version + 1, updated_at = clock_timestamp() where id = s.id;
end $$;
