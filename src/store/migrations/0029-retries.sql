-- When the record of an error that passes is sent again by itself, and how often it was before.
alter table sluice.flow_errors add column retry_at timestamptz, add column num_retries smallint not null default 0;
create index flow_errors_to_retry on sluice.flow_errors (env_id, flow_id, step_id, retry_at) where resolved_at is null and retry_at is not null;

-- The next time that something of a step is sent again by itself: a row for each step that waits for it.
create table sluice.due_retries (
  env_id text collate "C" not null,
  flow_id text collate "C" not null,
  step_id text collate "C" not null,
  due_at timestamptz not null,
  primary key (env_id, flow_id, step_id)
);
create index due_retries_by_time on sluice.due_retries (due_at);

-- Retry data are numbered by step in the order in which they were written, and the newest are kept. What was there before counts as older than all.
alter table sluice.retry_data add column seq bigint not null default 0;
alter table sluice.open_errors add column retry_seq bigint not null default 0;
create index retry_data_by_age on sluice.retry_data (env_id, flow_id, step_id, seq, retry_data_key);

-- Errors that a retry is to send again.
alter table sluice.jobs add column num_retry bigint;
