-- Who may do what: the service role works through these functions on these tables; nobody else anything. Only our own
-- objects are named: a project may keep other tables beside them.
do $$
declare
  name text;
  signature regprocedure;
begin
  foreach name in array array[
    'exam', 'exam_question', 'document', 'document_part', 'document_page', 'generated_test', 'test_question',
    'test_attempt', 'session', 'image', 'question', 'stats', 'result', 'grading_call', 'review', 'prompt_template'
  ] loop
    execute format('alter table public.%I enable row level security', name);
    execute format('revoke all on public.%I from public, anon, authenticated', name);
    execute format('grant select, insert, update, delete on public.%I to service_role', name);
  end loop;
  foreach name in array array[
    'accept_question', 'add_document_part', 'add_test_question', 'answer_notes', 'cancel_session', 'cancel_test',
    'check_human_marks', 'check_keys', 'close_attempts', 'claim_document', 'claim_session', 'claim_test', 'configure_questions', 'create_document', 'create_exam',
    'create_session', 'create_test', 'create_test_session', 'delete_document', 'delete_exam', 'delete_prompt_template',
    'delete_session', 'delete_test', 'document_detail', 'document_json', 'document_part_of', 'document_text',
    'edit_test', 'edit_test_question', 'edited_checks', 'exam_detail', 'exam_marks', 'exam_questions_of', 'export_rows',
    'finish_document', 'finish_session', 'finish_test', 'grading_inputs', 'human_marks_of', 'idle_session',
    'images_of', 'import_marks', 'imported_script', 'is_complete', 'list_documents', 'list_exams', 'list_sessions', 'list_tests',
    'match_exam', 'owned_document', 'owned_exam', 'owned_session', 'owned_test', 'ping', 'plan_calls', 'printed_question',
    'prompt_templates', 'put_prompt_template', 'questions_of', 'record_calls', 'record_pages', 'record_review',
    'record_test_attempt', 'register_image', 'release_job', 'release_lease', 'rename_session', 'renew_job',
    'renew_lease', 'reviews', 'run_summary', 'save_stats', 'script_marks', 'seen_session', 'session_attempts', 'session_files',
    'session_images', 'session_progress', 'session_questions', 'session_results', 'session_template',
    'set_exam_questions', 'start_grading', 'templates_of', 'test_attempts', 'test_detail', 'test_json',
    'test_question_json', 'test_question_number', 'test_responses', 'test_slots', 'test_summary', 'unclaimed_jobs', 'unclaimed_sessions',
    'unmark_questions'
  ] loop
    for signature in
      select p.oid from pg_catalog.pg_proc p where p.pronamespace = 'public'::regnamespace and p.proname = name
    loop
      execute format('revoke all on function %s from public, anon, authenticated', signature);
      execute format('grant execute on function %s to service_role', signature);
    end loop;
  end loop;
end $$;
