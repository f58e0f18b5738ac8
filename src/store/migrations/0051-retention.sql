-- What is kept for a time is removed by its age, in small steps and by one program at a time: which kinds are due, and when again.
create table sluice.retention (
  kind text collate "C" primary key,
  next_at timestamptz not null
);
create index jobs_by_end on sluice.jobs (ended_at) where ended_at is not null and _flow_job_id is null;
create index flow_errors_by_resolution on sluice.flow_errors (resolved_at) where resolved_at is not null;
create index retry_data_by_time on sluice.retry_data (created_at);
create index recorded_requests_by_time on sluice.recorded_requests (at);
create index script_logs_by_time on sluice.script_logs (at);
create index audit_by_age on sluice.audit (at);
