-- Who may do what: the service role works through these functions on these tables; nobody else anything. Only our own
-- objects are named: a project may keep other tables beside them.
do $$
declare
  name text;
  signature regprocedure;
begin
  foreach name in array array[
    'exam', 'exam_question', 'session', 'image', 'question', 'stats', 'result', 'grading_call', 'review',
    'prompt_template'
  ] loop
    execute format('alter table public.%I enable row level security', name);
    execute format('revoke all on public.%I from public, anon, authenticated', name);
    execute format('grant select, insert, update, delete on public.%I to service_role', name);
  end loop;
  foreach name in array array[
    'answer_notes', 'cancel_session', 'claim_session', 'configure_questions', 'create_exam', 'create_session',
    'delete_prompt_template', 'delete_session', 'exam_detail', 'exam_marks', 'exam_questions_of', 'export_rows',
    'finish_session', 'grading_inputs', 'human_marks_of', 'idle_session', 'images_of', 'import_marks', 'is_complete',
    'list_exams', 'list_sessions', 'match_exam', 'owned_exam', 'owned_session', 'ping', 'plan_calls',
    'prompt_templates', 'put_prompt_template', 'questions_of', 'record_calls', 'record_review', 'register_image',
    'release_lease', 'rename_session', 'renew_lease', 'reviews', 'run_summary', 'save_stats', 'script_marks', 'session_attempts',
    'session_files', 'session_images', 'session_progress', 'session_questions', 'session_results', 'session_template',
    'set_exam_questions', 'start_grading', 'templates_of', 'unclaimed_sessions', 'unmark_questions'
  ] loop
    for signature in
      select p.oid from pg_catalog.pg_proc p where p.pronamespace = 'public'::regnamespace and p.proname = name
    loop
      execute format('revoke all on function %s from public, anon, authenticated', signature);
      execute format('grant execute on function %s to service_role', signature);
    end loop;
  end loop;
end $$;
