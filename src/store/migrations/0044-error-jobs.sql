-- What is done to all open errors that fit a filter, however many: what was asked for, how far it is, and where it goes on.
create table sluice.error_jobs (
  env_id text collate "C" not null,
  _id text collate "C" not null,
  action text not null,
  status text not null default 'queued',
  integration_id text collate "C",
  flow_id text collate "C",
  step_id text collate "C",
  asked jsonb not null,
  num_total bigint,
  num_done bigint not null default 0,
  job_ids text[] not null default '{}',
  error_message text,
  position jsonb,
  user_id text collate "C" not null,
  created_at timestamptz not null,
  last_modified timestamptz not null,
  ended_at timestamptz,
  primary key (env_id, _id)
);
create index error_jobs_open on sluice.error_jobs (last_modified) where ended_at is null;
create index error_jobs_ended on sluice.error_jobs (ended_at) where ended_at is not null;
create index error_jobs_newest on sluice.error_jobs (env_id, created_at desc, _id desc);
