-- Errors of steps, the records behind them, and how many are open.

create table sluice.flow_errors (
  account_id text collate "C" not null,
  flow_id text collate "C" not null,
  step_id text collate "C" not null,
  error_id text collate "C" not null,
  occurred_at timestamptz not null,
  source text not null,
  code text not null,
  message text not null,
  trace_key text,
  retry_data_key text collate "C",
  flow_job_id text collate "C" not null,
  o_index integer,
  classification text,
  resolved_at timestamptz,
  resolved_by text,
  primary key (account_id, flow_id, step_id, error_id)
);
create index flow_errors_open on sluice.flow_errors (account_id, flow_id, step_id, occurred_at desc, error_id desc) where resolved_at is null;
create index flow_errors_resolved on sluice.flow_errors (account_id, flow_id, step_id, occurred_at desc, error_id desc) where resolved_at is not null;
create index flow_errors_by_retry_data on sluice.flow_errors (account_id, flow_id, step_id, retry_data_key) where retry_data_key is not null and resolved_at is null;

-- json, not jsonb: records come from outside and may hold what jsonb refuses, such as U+0000.
create table sluice.retry_data (
  account_id text collate "C" not null,
  flow_id text collate "C" not null,
  step_id text collate "C" not null,
  retry_data_key text collate "C" not null,
  data json not null,
  stage text,
  trace_key text,
  created_at timestamptz not null default now(),
  primary key (account_id, flow_id, step_id, retry_data_key)
);

create table sluice.open_errors (
  account_id text collate "C" not null,
  flow_id text collate "C" not null,
  step_id text collate "C" not null,
  num_error bigint not null,
  last_error_at timestamptz,
  primary key (account_id, flow_id, step_id)
) with (fillfactor = 70);
