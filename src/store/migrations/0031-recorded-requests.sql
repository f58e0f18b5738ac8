-- Requests and answers of records that failed, sealed. The newest of a step come first by their key, and are kept.
create table sluice.recorded_requests (
  env_id text collate "C" not null,
  flow_id text collate "C" not null,
  step_id text collate "C" not null,
  key text collate "C" not null,
  at timestamptz not null,
  stage text not null,
  method text not null,
  status_code int,
  sealed text not null,
  primary key (env_id, flow_id, step_id, key)
);
alter table sluice.flow_errors add column req_and_res_key text collate "C";

-- What went over the wire of a connection while somebody wants to see it, sealed.
create table sluice.connection_debug (
  env_id text collate "C" not null,
  connection_id text collate "C" not null,
  _id bigint generated always as identity,
  at timestamptz not null,
  resource_id text collate "C",
  sealed text not null,
  primary key (env_id, connection_id, _id)
);
create index connection_debug_by_age on sluice.connection_debug (at);
