-- What stages made of records in runs of flows that say so, sealed.
create table sluice.execution_logs (
  env_id text collate "C" not null,
  flow_id text collate "C" not null,
  job_id text collate "C" not null,
  _id bigint generated always as identity,
  at timestamptz not null,
  step_id text collate "C" not null,
  group_id text collate "C" not null,
  record_id text collate "C" not null,
  trace_key text,
  o_index int,
  stage text not null,
  status text not null,
  bytes int not null,
  sealed text,
  primary key (env_id, flow_id, job_id, _id)
);
create index execution_logs_of_environment on sluice.execution_logs (env_id, at);
create index execution_logs_by_age on sluice.execution_logs (at);

-- Bytes of the execution logs of an environment.
create table sluice.execution_log_usage (
  env_id text collate "C" primary key,
  bytes bigint not null
);
