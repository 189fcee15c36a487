-- {waiting, oldest_seconds} of the jobs of procrastinate that no worker has taken; null where its tables are not installed.
create or replace function public.waiting_jobs() returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  if to_regnamespace('secondmark_queue') is null then
    return null;
  end if;
  return (
    select jsonb_build_object(
      'waiting', count(distinct j.id),
      'oldest_seconds', round(coalesce(extract(epoch from clock_timestamp() - min(e.at)), 0), 1))
    from secondmark_queue.procrastinate_jobs j
    left join secondmark_queue.procrastinate_events e on e.job_id = j.id and e.type = 'deferred'
    where j.status = 'todo' and j.queue_name = 'secondmark');
end $$;
