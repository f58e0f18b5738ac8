-- What stages made of records in runs, sealed, by the day (UTC) from now on: a day whose time is over is a table that is dropped, where removing its rows one by
-- one costs what writing them did. What was written before, and what older servers write beside this one, lies in execution_logs until its time is over.

-- After all that older servers write.
create sequence sluice.execution_log_ids;
select setval('sluice.execution_log_ids', 1000000000 + coalesce(pg_sequence_last_value(pg_get_serial_sequence('sluice.execution_logs', '_id')::regclass), 0));

create table sluice.execution_log_entries (
  env_id text collate "C" not null,
  flow_id text collate "C" not null,
  job_id text collate "C" not null,
  _id bigint not null default nextval('sluice.execution_log_ids'),
  at timestamptz not null,
  step_id text collate "C" not null,
  group_id text collate "C" not null,
  record_id text collate "C" not null,
  trace_key text,
  o_index int,
  stage text not null,
  status text not null,
  bytes int not null,
  sealed text
) partition by range (at);
create index execution_log_entries_of_run on sluice.execution_log_entries (env_id, flow_id, job_id, _id);
-- The oldest of an environment, and how many bytes of a day are whose: both without the entries themselves.
create index execution_log_entries_of_environment on sluice.execution_log_entries (env_id, at) include (bytes);
-- By the digest of the trace key, since a key may be longer than an index can hold.
create index execution_log_entries_by_trace_key on sluice.execution_log_entries (env_id, md5(trace_key), flow_id, _id) where trace_key is not null;

-- Days are made ahead by the program. What no day takes lies here, so that no write fails, and is removed by its age.
create table sluice.execution_log_entries_rest partition of sluice.execution_log_entries default;
create index execution_log_entries_rest_by_age on sluice.execution_log_entries_rest (at);
