-- Who may do what: the service role works through these functions on these tables; nobody else anything. Only our own
-- objects are named: a project may keep other tables beside them.
do $$
declare
  name text;
  signature regprocedure;
begin
  foreach name in array array[
    'session', 'image', 'question', 'stats', 'result', 'grading_call', 'prompt_template'
  ] loop
    execute format('alter table public.%I enable row level security', name);
    execute format('revoke all on public.%I from public, anon, authenticated', name);
    execute format('grant select, insert, update, delete on public.%I to service_role', name);
  end loop;
  foreach name in array array[
    'cancel_session', 'claim_session', 'configure_questions', 'create_session', 'delete_prompt_template',
    'delete_session', 'finish_session', 'grading_inputs', 'human_marks_of', 'idle_session', 'images_of', 'is_complete',
    'list_sessions', 'owned_session', 'ping', 'plan_calls', 'prompt_templates', 'put_prompt_template', 'questions_of',
    'record_calls', 'register_image', 'release_lease', 'rename_session', 'renew_lease', 'run_summary', 'save_stats',
    'session_attempts', 'session_images', 'session_progress', 'session_questions', 'session_results',
    'session_template', 'start_grading', 'templates_of', 'unclaimed_sessions', 'unmark_questions'
  ] loop
    for signature in
      select p.oid from pg_catalog.pg_proc p where p.pronamespace = 'public'::regnamespace and p.proname = name
    loop
      execute format('revoke all on function %s from public, anon, authenticated', signature);
      execute format('grant execute on function %s to service_role', signature);
    end loop;
  end loop;
end $$;
