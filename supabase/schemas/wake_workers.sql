-- Inserts `n` jobs of procrastinate, which wake workers that listen; nothing where its tables are not installed.
-- Only a lease gives the right to work; a job does not.
create or replace function public.wake_workers(task text, what jsonb, n int) returns void
language plpgsql set search_path = '' as $$
begin
  if to_regnamespace('secondmark_queue') is null then
    return;
  end if;
  perform secondmark_queue.procrastinate_defer_jobs_v1(array(
    select row('secondmark', task, 0, null, null, what, null)::secondmark_queue.procrastinate_job_to_defer_v1
    from generate_series(1, n)));
end $$;
