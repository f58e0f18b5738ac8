-- Runs that have not ended, in the order in which each flow takes them up: few rows in a table of many.

create index jobs_open on sluice.jobs (account_id, _flow_id, created_at, _id) where ended_at is null and _flow_job_id is null;
