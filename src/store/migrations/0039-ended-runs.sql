-- Runs by when they ended: what changed lately, and lists over a range of time.
create index jobs_ended on sluice.jobs (env_id, ended_at desc, _id desc) where ended_at is not null and _flow_job_id is null;
