-- Runs by what is asked for and may be rare, in the order of lists: without these a year of runs is looked through for the few that fit.
create index concurrently if not exists jobs_by_status on sluice.jobs (env_id, _flow_id, status, created_at desc, _id desc) where _flow_job_id is null;
create index concurrently if not exists jobs_not_completed on sluice.jobs (env_id, status, created_at desc, _id desc)
  where _flow_job_id is null and status in ('failed', 'canceled');
create index concurrently if not exists jobs_with_errors on sluice.jobs (env_id, created_at desc, _id desc) where _flow_job_id is null and num_error > 0;
create index concurrently if not exists jobs_with_errors_of_flow on sluice.jobs (env_id, _flow_id, created_at desc, _id desc)
  where _flow_job_id is null and num_error > 0;
create index concurrently if not exists jobs_of_export on sluice.jobs (env_id, _export_id, created_at desc, _id desc) where _export_id is not null;
create index concurrently if not exists jobs_of_import on sluice.jobs (env_id, _import_id, created_at desc, _id desc) where _import_id is not null;
