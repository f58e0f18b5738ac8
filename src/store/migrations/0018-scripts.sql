-- What scripts wrote to their console. A script keeps few lines, and none for long.
create table sluice.script_logs (
  env_id text collate "C" not null,
  script_id text collate "C" not null,
  _id bigint generated always as identity,
  at timestamptz not null,
  level text not null,
  function text not null,
  message text not null,
  primary key (env_id, script_id, _id)
);

-- The account of an environment: there are few environments, and every run with scripts asks.
create index documents_environments on sluice.documents (_id) where collection = 'environments';
