-- Calls of APIs: the newest of each with what was asked and answered, sealed; and how many there were, by the hour.
create table sluice.api_calls (
  env_id text collate "C" not null,
  api_id text collate "C" not null,
  call_id text collate "C" not null,
  at timestamptz not null,
  method text not null,
  path text not null,
  status_code int not null,
  succeeded boolean not null,
  num_error int not null,
  ms real not null,
  user_id text collate "C" not null,
  sealed text not null,
  primary key (env_id, api_id, call_id)
);
create index api_calls_by_time on sluice.api_calls (env_id, api_id, at desc, call_id desc);
create index api_calls_by_age on sluice.api_calls (at);

create table sluice.api_hours (
  env_id text collate "C" not null,
  api_id text collate "C" not null,
  hour timestamptz not null,
  num_calls bigint not null,
  num_success bigint not null,
  num_error bigint not null,
  ms double precision not null,
  primary key (env_id, api_id, hour)
) with (fillfactor = 70);
create index api_hours_by_age on sluice.api_hours (hour);
